"""``wirephoto import FOLDER`` as somebody with pictures on a disk meets it."""

import json
import signal
from pathlib import Path

import pytest

from tests.fixtures import ledger, processes, s3
from tests.fixtures import service as services
from tests.integration.commands.test_import_command import Shell, counts, read, shell
from tests.origins import pictures
from wirephoto.pipeline.storage import keys as storage_keys

__all__ = ["shell"]
PICTURES = 36


def fill(folder: Path, *, size: int = 0, first: int = 0) -> Path:
    """A few dozen pictures in three folders, one broken, and a text."""
    for number in range(PICTURES):
        place = folder / ("", "alps", "alps/north")[number % 3]
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:02}.jpg").write_bytes(pictures.jpeg(first + number, size))
    (folder / "broken.jpg").write_bytes(pictures.jpeg(first)[:-40])
    (folder / "notes.txt").write_text("none")
    return folder


def test_a_folder_goes_in_and_a_second_run_sends_nothing(shell: Shell) -> None:
    folder = fill(shell.folder / "pictures", first=1000)
    report = shell.folder / "report.csv"
    ended = shell.bring(folder, "--report", report)
    assert ended.returncode == 1, ended.stderr
    assert f"{PICTURES} imported, 0 unchanged, 1 failed" in ended.stdout
    assert "truncated: " in ended.stdout
    assert "Left out as no pictures: 1 .txt" in ended.stdout
    (row,) = read(report)
    assert (row["id"], row["_code"]) == ("broken.jpg", "truncated")
    assert not list(shell.folder.glob("*.wirephoto-state"))
    (folder / "broken.jpg").write_bytes(pictures.jpeg(2000))
    again = shell.bring(folder, "--json")
    assert again.returncode == 0, again.stderr
    assert counts(again) == (1, PICTURES, 0)
    document = json.loads(again.stdout)
    assert document["sentBytes"] == (folder / "broken.jpg").stat().st_size
    assert document["leftOut"] == {".txt": 1}


def test_ids_are_paths_and_titles_are_names(shell: Shell, shared_service: services.Service) -> None:
    folder = shell.folder / "pictures"
    (folder / "Häfen").mkdir(parents=True)
    (folder / "Häfen" / "der Hafen, 1923.jpg").write_bytes(pictures.jpeg(2100))
    assert shell.bring(folder).returncode == 0
    answer = shared_service.get(
        "/mediaLibrary", systemName=shell.system, externalId="Häfen/der Hafen, 1923.jpg"
    )
    (entry,) = answer.json()
    assert entry["metadata"] == {"title": "der Hafen, 1923.jpg"} or entry["asset"]["filename"]


def test_a_dry_run_sends_nothing(shell: Shell, shared_service: services.Service) -> None:
    folder = fill(shell.folder / "pictures", first=2200)
    ended = shell.bring(folder, "--dry-run", "--json")
    found = json.loads(ended.stdout)
    assert (found["create"], found["exists"]) == (PICTURES + 1, 0)
    digests = shared_service.sql("select id from uploads where state = 'wanted'")
    assert not digests


def test_single_pictures_and_several_folders_at_once(shell: Shell) -> None:
    for name in ("one", "two"):
        (shell.folder / name).mkdir()
        (shell.folder / name / f"{name}.png").write_bytes(pictures.png(5, len(name)))
    single = shell.folder / "single.jpg"
    single.write_bytes(pictures.jpeg(2300))
    names = [shell.folder / "one", shell.folder / "two", single]
    ended = shell.run("import", *names, "--system", shell.system, "--json")
    assert (ended.returncode, counts(ended)) == (0, (3, 0, 0)), ended.stderr


def test_what_cannot_be_imported_is_told_in_words(shell: Shell) -> None:
    manifest = shell.write("pictures.csv", [["url", "id"], ["alps/01.jpg", "1"]])
    folder = shell.folder / "pictures"
    folder.mkdir()
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "gone.jpg").symlink_to(folder / "nowhere.jpg")
    both = shell.run("import", folder, manifest, "--system", "x")
    assert both.returncode == 2
    assert "name either manifests or folders and pictures, not both" in both.stderr
    path = shell.bring(manifest)
    assert path.returncode == 1
    assert (
        "Pictures of this machine are imported by their folder: wirephoto import FOLDER"
        in path.stdout
    )
    found = shell.bring(folder, "--links")
    assert found.returncode == 1
    assert "not_sent: is empty (empty.jpg)" in found.stdout
    missing = shell.bring(shell.folder / "nowhere")
    assert missing.returncode == 2


def test_a_killed_client_goes_on_and_nothing_is_doubled(
    shell: Shell, shared_service: services.Service
) -> None:
    """Killed outright once its first batches are in; one more picture comes meanwhile."""
    folder = fill(shell.folder / "pictures", size=200_000, first=3000)
    state = shell.folder / "pictures.wirephoto-state"
    running = shell.start(folder, "--batch", "4")
    processes.until(
        lambda: state.exists() and len(state.read_text().splitlines()) > 4, "a batch is in"
    )
    running.kill()
    running.communicate()
    remembered = len(state.read_text().splitlines()) - 1
    assert remembered < PICTURES
    (folder / "new.jpg").write_bytes(pictures.jpeg(3900))
    ended = shell.bring(folder, "--json")
    assert ended.returncode == 1, ended.stderr
    success, skipped, failed = counts(ended)
    assert success + skipped == PICTURES + 1
    assert (failed, skipped >= remembered) == (1, True)
    assert not state.exists()
    entries = shared_service.sql(
        "select external_id from entries where system_name = %(system)s", system=shell.system
    )
    assert len(entries) == len(set(entries)) == PICTURES + 1
    processes.until(
        lambda: (
            not shared_service.sql("select id from uploads where state = 'stored' and size > 1000")
        ),
        "uploads go",
    )


def test_ctrl_c_stops_and_says_how_to_go_on(shell: Shell) -> None:
    folder = fill(shell.folder / "pictures", size=300_000, first=4000)
    running = shell.start(folder, "--batch", "2")
    state = shell.folder / "pictures.wirephoto-state"
    processes.until(state.exists, "it has begun")
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode in {130, 1}
    if running.returncode == 130:
        assert "run it again to go on" in said
    ended = shell.bring(folder, "--json")
    assert (ended.returncode, sum(counts(ended))) == (1, PICTURES + 1)


def test_what_is_remembered_is_of_one_import(shell: Shell) -> None:
    folder = fill(shell.folder / "pictures", first=5000)
    state = shell.folder / "pictures.wirephoto-state"
    state.write_text(
        json.dumps({"grows": {"server": "x", "system_name": "x", "update": None}}) + "\n"
    )
    ended = shell.bring(folder)
    assert ended.returncode == 2
    assert "server differs since; --restart begins anew" in ended.stderr
    assert shell.bring(folder, "--restart").returncode == 1


def results(running: services.Service) -> int:
    ((count,),) = running.sql("select count(*)::int from results")
    return int(count)


@pytest.mark.timeout(240)
def test_a_folder_goes_into_a_bucket_through_killed_workers(
    database_url: str, tmp_path: Path
) -> None:
    with s3.serving(tmp_path / "s3") as server:
        bucket = server.bucket("archive")
        with s3.service_into(server, database_url) as running:
            typing = Shell(running, tmp_path, "bucket")
            folder = fill(tmp_path / "pictures", size=100_000)
            importing = typing.start(folder, "--batch", "12", "--json")
            for already in (0, 12):
                processes.until(lambda: results(running) > already, "results")  # noqa: B023 - called here
                for worker in processes.workers(running.process.pid):
                    worker.kill()
            said, _ = importing.communicate(timeout=180)
            document = json.loads(said)
            assert (document["success"], document["failed"]) == (PICTURES, 1)
            entries = ledger.value(database_url, "select count(*) from entries")
            assert entries == PICTURES
            # That of the broken picture stays, for whoever tries its row again.
            processes.until(lambda: len(running.sql("select id from uploads")) == 1, "uploads go")
            found = ledger.objects(bucket / "pictures")
            kept = {key: one for key, one in found.items() if not storage_keys.is_upload(key)}
            assert len(found) == len(kept) + 1
            ledger.assert_stored(database_url, kept)
            services.prove(running.environment)
