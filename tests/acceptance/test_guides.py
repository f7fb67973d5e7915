"""What the guides tell to type is typed, in their order, and answers what they say.

A block of ``sh`` is run; a block of ``text`` after it is what it says, but for its figures. A block
of ``csv``, ``json`` or ``python`` after *Save … as `name`* is that file. A block of no kind is an
illustration.
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.fixtures import gallery as galleries
from tests.fixtures import processes
from tests.fixtures import receiver as receivers
from tests.fixtures import service as services
from tests.origins import pictures

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = sorted((DOCS / "guides").glob("*.md"))
_BLOCK = re.compile(r"([^\n]*)\n\n```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"[Ss]ave (?:it|this|the batch) as `([\w.]+)`")
_SIGN_IN = "<!DOCTYPE html><title>Sign in</title>"
_EXAMPLE_JOB = "q4kfcsb82z"  # in the quickstart


@dataclass
class Terminal:
    """A folder, and what somebody types there; addresses are those of this run."""

    service: services.Service
    folder: Path
    environment: dict[str, str]
    places: dict[str, str]
    said: str = ""
    ran: int = 0
    job: str = field(default=_EXAMPLE_JOB)

    def follow(self, guide: str) -> None:
        for before, kind, body in blocks(guide):
            named = _NAMED.search(before)
            if named:
                encoding = "cp1252" if named[1] == "Bilder.csv" else "utf-8"
                (self.folder / named[1]).write_text(self.here(body), encoding)
            elif kind == "sh":
                self.run(body)
            elif kind == "text":
                assert shape(body) == shape(self.said), self.said

    def here(self, text: str) -> str:
        for example, place in (self.places | {_EXAMPLE_JOB: self.job}).items():
            text = text.replace(example, place)
        return text

    def run(self, typed: str) -> None:
        """In one shell, whose exports stay; ``wirephoto import`` may say that some failed."""
        script = f"[ -e env ] && . ./env\n{self.here(typed)}\ncode=$?\nexport -p > env\nexit $code"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode in ({0, 1} if " import " in typed else {0}), done.stderr
        self.said, self.ran = done.stdout, self.ran + 1
        assert '"error_details"' not in done.stdout, done.stdout
        if answered := re.search(r'^\{"id":"(\w{10})"', done.stdout):
            self.job = answered[1]
            self.service.wait(self.job)


def blocks(guide: str) -> list[tuple[str, str, str]]:
    """The paragraph before a block, its kind, and what it holds."""
    return _BLOCK.findall(guide)


def shape(said: str) -> list[str]:
    """Its lines without figures of time."""
    plain = re.sub(r"done in .*?/s\)", "done in …", said)
    return [line.rstrip() for line in plain.strip().splitlines()]


@pytest.fixture(scope="module")
def running(module_database_url: str) -> Iterator[services.Service]:
    secret = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtMTIzNA=="
    with services.serving(module_database_url, WIREPHOTO_WEBHOOK_SECRET=secret) as service:
        yield service


@pytest.fixture
def terminal(
    running: services.Service,
    gallery: galleries.Gallery,
    receiver: receivers.Receiver,
    tmp_path: Path,
) -> Terminal:
    """``.venv/bin`` is there, and the pictures that the guides speak of."""
    bin_ = tmp_path / ".venv/bin"
    bin_.mkdir(parents=True)
    for name, module in {"wirephoto": " -m wirephoto", "python": ""}.items():
        script = bin_ / name
        script.write_text(f'#!/bin/sh\nexec {sys.executable}{module} "$@"\n')
        script.chmod(0o755)
    there = gallery.hang("/eiger.jpg", pictures.jpeg(1)).rpartition("/")[0]
    gallery.hang("/login.jpg", _SIGN_IN.encode())
    environment = {
        **running.environment,
        "WIREPHOTO_SERVER": running.url,
        "WIREPHOTO_TOKEN": running.token,
        "NEWSROOM_WEBHOOK": receiver.url + "/imports",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "XDG_CONFIG_HOME": str(tmp_path),
    }
    places = {
        "http://127.0.0.1:8000": there,
        "http://127.0.0.1:9090": running.url,
        "http://127.0.0.1:9999": receiver.url,
        '"systemName": "archive"': '"systemName": "quickstart"',
        "--system archive": f"--system {tmp_path.name}",
        "systemName=archive": "systemName=quickstart",
        "tag-1": tmp_path.name,
    }
    return Terminal(running, tmp_path, environment, places)


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_a_guide_can_be_followed(terminal: Terminal, path: Path) -> None:
    text = path.read_text("utf-8")
    terminal.follow(text)
    assert terminal.ran == len(re.findall(r"^```sh$", text, re.MULTILINE))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def listening(terminal: Terminal, program: str) -> Iterator["subprocess.Popen[str]"]:
    """A document's receiver, at a free port, which is then the one of the document."""
    port = free_port()
    file = terminal.folder / program
    file.write_text(file.read_text().replace("9999", str(port)))
    started = subprocess.Popen(
        [sys.executable, program],
        cwd=terminal.folder,
        env=terminal.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        terminal.places["http://127.0.0.1:9999"] = f"http://127.0.0.1:{port}"
        terminal.environment["NEWSROOM_WEBHOOK"] = f"http://127.0.0.1:{port}/imports"
        processes.until(lambda: answers(port), f"{program} listens")
        yield started
    finally:
        started.kill()
        assert started.stdout is not None
        started.stdout.close()
        started.wait()


def line(started: "subprocess.Popen[str]") -> str:
    assert started.stdout is not None
    return started.stdout.readline()


def files(terminal: Terminal, guide: str) -> None:
    for before, _, body in blocks(guide):
        if named := _NAMED.search(before):
            (terminal.folder / named[1]).write_text(body)


@pytest.mark.skipif(not shutil.which("curl"), reason="the quickstart types curl, which is not here")
def test_the_quickstart_can_be_followed_and_its_receiver_hears(terminal: Terminal) -> None:
    text = (DOCS / "quickstart.md").read_text("utf-8")
    files(terminal, text)
    with listening(terminal, "receiver.py") as started:
        terminal.follow(text)
        assert '"overview":{"total":4' in line(started).replace(" ", "")
    assert '"externalId":"1"' in terminal.said
    assert terminal.ran == len(re.findall(r"^```sh$", text, re.MULTILINE)) >= 6


def test_who_sends_a_feed_hears_what_became_of_it(terminal: Terminal) -> None:
    text = (DOCS / "guides/feed.md").read_text("utf-8")
    files(terminal, text)
    with listening(terminal, "hear.py") as started:
        forged = httpx.post(terminal.environment["NEWSROOM_WEBHOOK"], content=b"{}", timeout=30)
        assert forged.status_code == 400
        for before, kind, body in blocks(text):
            if kind == "sh" and not _NAMED.search(before):
                terminal.run(body)
        job = terminal.said.strip()
        assert line(started).startswith(f"{job} 1 0 {{'desk': 'foreign'}}")
    terminal.run(f".venv/bin/python failed.py {job}")
    assert terminal.said == ""
