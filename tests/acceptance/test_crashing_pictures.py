"""A picture that crashes whoever looks at it fails alone: its neighbours and the worker go on."""

import contextlib
import signal
import threading

import psutil

from tests.files import builders
from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.fixtures import shapes

SLOW = builders.svg('<rect style="fill:url(#a);stroke:red"/>' * 150_000)
GIF = builders.gif(7, 5, builders.gif_image(7, 5))
CHILD = "wirephoto.pipeline.inspection.apart.child"
SMALL = builders.svg("<script>alert(1)</script><rect/>")


def crash_the_slow(serve: psutil.Process, done: threading.Event, crashed: set[int]) -> None:
    """SIGSEGV for every process that has been at one drawing for a while, as a bug would do."""
    while not done.wait(0.005):
        for one in serve.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if CHILD in one.cmdline() and one.cpu_times().user > 0.3:
                    one.send_signal(signal.SIGSEGV)
                    crashed.add(one.pid)


def test_a_picture_that_crashes_its_process_fails_alone(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    images = [services.image(gallery.hang(f"/{n}.svg", SMALL), n) for n in range(20)]
    images.insert(7, services.image(gallery.hang("/slow.svg", SLOW), "slow"))
    images.append(services.image(gallery.hang("/x.gif", GIF), "gif"))
    done, crashed = threading.Event(), set[int]()
    serve = psutil.Process(shared_service.process.pid)
    before = {one.pid for one in serve.children(recursive=True)}
    killer = threading.Thread(target=crash_the_slow, args=(serve, done, crashed))
    killer.start()
    try:
        rows = {row["externalId"]: row for row in shared_service.bring(images, "crashing")}
    finally:
        done.set()
        killer.join()
    assert len(crashed) == 2
    shapes.check(
        rows.pop("slow"),
        shapes.FAILED | {"code": "unsafe_svg", "retryable": False, "attempts": 1},
    )
    for row in rows.values():
        shapes.check(row, shapes.SUCCESS | {"attempts": 1})
    assert before <= {one.pid for one in serve.children(recursive=True)}
    assert "worker_died" not in shared_service.log()
    assert shared_service.log().count("picture_process_died") == 2


def test_the_next_drawing_finds_a_fresh_process(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    (row,) = shared_service.bring([services.image(gallery.hang("/after.svg", SMALL))], "after")
    shapes.check(row, shapes.SUCCESS | {"attempts": 1})
    served = shared_service.client.get(row["image"]["originalUrl"]).content
    assert b"rect" in served
    assert b"script" not in served
