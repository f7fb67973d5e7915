"""The embedded PostgreSQL, with real servers in folders of their own."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg import conninfo

from wirephoto import errors
from wirephoto.db import embedded
from wirephoto.db.embedded import binaries, folders, lock, postmaster, process

AS_ROOT = os.geteuid() == 0
NOBODY = 65534
# A process of its own that holds or shares the database until its stdin ends.
HOLDER = """
    import sys
    from pathlib import Path
    from wirephoto.db import embedded
    with embedded.running(Path(sys.argv[1]), embedded.Holder(sys.argv[2])) as database:
        print(database.pid, database.started, flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def top() -> Iterator[Path]:
    """A folder that the database's user can pass; pytest's own are closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="wirephoto-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    # Servers of killed holders end by themselves, the last of their children after them.
    assert psutil.wait_procs(processes_in(folder), timeout=60)[1] == []
    shutil.rmtree(folder)


@pytest.fixture
def data(top: Path) -> Path:
    return top / "data"


class Other:
    """Another process that holds or shares the database."""

    def __init__(self, data: Path, holder: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(HOLDER), data, holder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def answer(self) -> list[str]:
        """Pid of the postmaster and whether it started it; waits until it has the database."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().split()

    def end(self) -> str:
        """End it in peace; what it said on stderr."""
        return self.process.communicate()[1]


@contextlib.contextmanager
def other(data: Path, holder: str) -> Iterator[Other]:
    process = Other(data, holder)
    try:
        yield process
    finally:
        process.process.kill()
        process.process.communicate()


def processes_in(top: Path) -> list[psutil.Process]:
    """Every process that works below this folder, but ourselves: postmasters, their children."""
    found = []
    for candidate in psutil.process_iter(["cmdline", "cwd"]):
        arguments = [candidate.info["cwd"] or "", *(candidate.info["cmdline"] or [])]
        if any(str(top) in argument for argument in arguments):
            found.append(candidate)
    return found


def servers_of(data: Path) -> list[psutil.Process]:
    """Postmasters of this data directory and what they have started."""
    argument = f"-D{data / 'postgres'}"
    found = []
    for candidate in psutil.process_iter(["cmdline"]):
        with contextlib.suppress(psutil.NoSuchProcess):
            if argument in (candidate.info["cmdline"] or []):
                found += [candidate, *candidate.children(recursive=True)]
    return found


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def remember(url: str, word: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create table if not exists kept (word text)")
        connection.execute("insert into kept values (%s)", [word])


def remembered(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("select word from kept order by word")]


def test_a_server_ends_with_the_block_that_started_it_and_its_data_stays(data: Path) -> None:
    with embedded.running(data, embedded.Holder.COMMAND) as database:
        assert database.started
        processes = servers_of(data)
        assert database.pid in [each.pid for each in processes]
        remember(database.url, "first")
    assert psutil.wait_procs(processes, timeout=30)[1] == []
    with embedded.running(data, embedded.Holder.SERVE) as database:
        assert remembered(database.url) == ["first"]
    assert servers_of(data) == []


def test_the_cluster_is_utf8_with_sorting_of_its_own_and_checksums(data: Path) -> None:
    with (
        embedded.running(data, embedded.Holder.COMMAND) as database,
        psycopg.connect(database.url) as connection,
    ):
        assert connection.execute(
            """select getdatabaseencoding(), datlocprovider, datlocale from pg_database
               where datname = current_database()"""
        ).fetchone() == ("UTF8", "b", "C.UTF-8")
        rows = connection.execute("select name, setting from pg_settings").fetchall()
    settings: dict[str, str] = dict(rows)
    expected = {
        "data_checksums": "on",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "wal_compression": "off",
        "listen_addresses": "",
        "max_connections": "300",
        "TimeZone": "UTC",
        "cluster_name": "wirephoto",
    }
    assert {name: settings[name] for name in expected} == expected


@pytest.mark.parametrize("holder", ["command", "worker"])
def test_commands_and_workers_share_the_server_of_a_serve(data: Path, holder: str) -> None:
    with embedded.running(data, embedded.Holder.SERVE) as database:
        with other(data, holder) as sharer:
            assert sharer.answer() == [str(database.pid), "False"]
            assert sharer.end() == ""
        with psycopg.connect(database.url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)


def test_a_command_that_comes_during_the_first_start_waits_for_it(data: Path) -> None:
    with other(data, "serve") as serve:
        while not (data / "database.lock").exists():
            assert serve.process.poll() is None
        with other(data, "command") as command:
            assert command.answer() == [serve.answer()[0], "False"]


@pytest.mark.parametrize("occupant", ["serve", "worker"])
def test_a_serve_is_refused_where_a_serve_or_worker_is(data: Path, occupant: str) -> None:
    with other(data, occupant) as first:
        assert first.answer()
        with (
            pytest.raises(errors.OperatorError) as refused,
            embedded.running(data, embedded.Holder.SERVE),
        ):
            pass
        assert str(refused.value) == (
            f"data directory {data} is in use by `wirephoto {occupant}` with pid "
            f"{first.process.pid}: stop it or choose another with --data-dir"
        )


@pytest.mark.parametrize("holder", ["serve", "command"])
def test_whoever_meets_a_command_waits_for_its_end(data: Path, holder: str) -> None:
    with other(data, "command") as first:
        server = first.answer()[0]
        with other(data, holder) as second:
            assert first.end() == ""
            pid, started = second.answer()
            assert started == "True"
            assert pid != server


def test_a_killed_postmaster_is_started_again_at_the_same_address(data: Path) -> None:
    with embedded.running(data, embedded.Holder.SERVE) as database:
        remember(database.url, "before")
        os.kill(database.pid, signal.SIGKILL)
        with other(data, "command") as command:
            assert command.answer()[0] != str(database.pid)
        assert remembered(database.url) == ["before"]
    assert servers_of(data) == []


def test_data_survives_a_holder_and_a_server_killed_at_once(data: Path) -> None:
    with other(data, "serve") as first:
        server = int(first.answer()[0])
        with embedded.running(data, embedded.Holder.COMMAND) as shared:
            remember(shared.url, "kept")
        first.process.kill()
        os.kill(server, signal.SIGKILL)
        with embedded.running(data, embedded.Holder.SERVE) as database:
            assert remembered(database.url) == ["kept"]


def test_a_server_ends_when_its_holder_is_killed(data: Path) -> None:
    with other(data, "serve") as holder:
        assert holder.answer()
        processes = servers_of(data)
        holder.process.kill()
        assert psutil.wait_procs(processes, timeout=60)[1] == []


def test_a_server_that_outlived_its_holder_is_replaced(data: Path) -> None:
    with other(data, "serve") as holder:
        left_over = psutil.Process(int(holder.answer()[0]))
        left_over.suspend()  # so the kernel's signal cannot end it
        holder.process.kill()
        holder.process.wait()
        with other(data, "serve") as second:
            left_over.resume()
            pid, started = second.answer()
            assert started == "True"
            assert int(pid) != left_over.pid
            assert not left_over.is_running() or left_over.status() == psutil.STATUS_ZOMBIE


def test_whoever_waits_takes_over_from_a_serve_that_dies(data: Path) -> None:
    with other(data, "serve") as serve:
        assert serve.answer()

        def dies_before_it_answers(_socket: Path) -> bool:
            serve.process.kill()
            serve.process.wait()
            return False

        entry = lock.enter(data / "database.lock", lock.Holder.COMMAND, dies_before_it_answers)
        assert isinstance(entry, lock.Lock)
        entry.close()


def test_what_a_killed_first_start_left_is_no_cluster(data: Path) -> None:
    half = data / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with embedded.running(data, embedded.Holder.COMMAND) as database:
        assert remembered_nothing(database.url)
    assert not half.exists()


def remembered_nothing(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("select to_regclass('kept')").fetchone() == (None,)


@pytest.mark.parametrize("name", ["x" * 120, "with, comma", 'it\'s \\ "quoted"', "Bücher % #?&"])
def test_any_path_can_hold_the_data(top: Path, name: str) -> None:
    data = top / name
    with embedded.running(data, embedded.Holder.SERVE) as database:
        remember(database.url, "kept")
        with other(data, "command") as command:
            assert command.answer() == [str(database.pid), "False"]
    assert not database_socket(database.url).exists()


def database_socket(url: str) -> Path:
    return Path(str(conninfo.conninfo_to_dict(url)["host"])) / folders.SOCKET_NAME


def test_the_environment_of_libpq_decides_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGPORT": "1",
        "PGHOST": "nowhere",
        "PGDATA": "/",
        "TZ": "Asia/Tokyo",
    }.items():
        monkeypatch.setenv(name, value)
    with embedded.running(data, embedded.Holder.COMMAND) as database:
        remember(database.url, "kept")


def test_a_link_in_place_of_the_socket_folder_is_refused(data: Path, top: Path) -> None:
    (top / "elsewhere").mkdir()
    data.mkdir()
    (data / "run").symlink_to(top / "elsewhere")
    with (
        pytest.raises(errors.OperatorError, match=r"cannot use the folder .*/run"),
        embedded.running(data, embedded.Holder.COMMAND),
    ):
        pass


@pytest.mark.skipif(not AS_ROOT, reason="makes a folder of another user")
def test_a_socket_folder_of_another_owner_is_refused(data: Path) -> None:
    (data / "run").mkdir(parents=True)
    os.chown(data / "run", NOBODY, NOBODY)
    with (
        pytest.raises(errors.OperatorError, match=r"/run does not belong to wirephoto"),
        embedded.running(data, embedded.Holder.COMMAND),
    ):
        pass
    assert (data / "run").stat().st_uid == NOBODY


def test_only_the_servers_own_folders_are_closed_and_no_other_is_changed(
    data: Path, top: Path
) -> None:
    data.mkdir()
    data.chmod(0o751)
    before = top.stat(), data.stat().st_uid
    with embedded.running(data, embedded.Holder.COMMAND):
        own = [data / "postgres", data / "run", data / "log" / "postgres"]
        assert [mode(folder) for folder in own] == [0o700] * 3
        assert {folder.stat().st_uid != 0 for folder in own} == {True}
    assert mode(data) == 0o751
    assert (top.stat().st_mode, data.stat().st_uid) == (before[0].st_mode, before[1])


@pytest.mark.skipif(not AS_ROOT, reason="becomes another user")
@pytest.mark.parametrize("folders_open", [False, True])
def test_another_user_of_the_machine_cannot_connect(data: Path, folders_open: bool) -> None:
    connect = """
        import os, sys
        import psycopg
        os.setgroups([])
        os.setgid(int(sys.argv[2]))
        os.setuid(int(sys.argv[2]))
        psycopg.connect(sys.argv[1])
    """
    with embedded.running(data, embedded.Holder.COMMAND) as database:
        if folders_open:  # then the server itself still asks who it is
            (data / "run").chmod(0o755)
            (data / "run" / folders.SOCKET_NAME).chmod(0o777)
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(connect), database.url, str(NOBODY)],
            check=False,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1
    assert ("Peer authentication failed" if folders_open else "Permission denied") in done.stderr


@pytest.mark.skipif(not AS_ROOT, reason="a plain user's server reaches what the user reaches")
def test_root_is_told_which_folder_bars_the_databases_user(top: Path) -> None:
    closed = top / "closed"
    closed.mkdir()
    closed.chmod(0o700)
    with (
        pytest.raises(errors.OperatorError) as barred,
        embedded.running(closed / "deep" / "data", embedded.Holder.SERVE),
    ):
        pass
    assert str(barred.value) == (
        f"{closed} bars the database's user wirephoto from the data directory "
        f"{closed}/deep/data: choose another with --data-dir"
    )
    assert mode(closed) == 0o700
    assert closed.stat().st_uid == 0


@pytest.mark.skipif(not AS_ROOT, reason="a plain user's server reaches what the user reaches")
def test_root_may_keep_the_programs_where_no_other_user_looks(
    top: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = binaries._package()
    closed = top / "closed"
    for name in (package.name, f"{package.name}.libs"):
        shutil.copytree(
            package.parent / name, closed / name, ignore=shutil.ignore_patterns("pginstall")
        )
    closed.chmod(0o700)
    monkeypatch.syspath_prepend(closed)
    with embedded.running(data, embedded.Holder.COMMAND) as database:
        program = Path(f"/proc/{database.pid}/exe").readlink()
        remember(database.url, "kept")
    assert data in program.parents
    assert program.stat().st_uid == 0
    assert mode(program) == 0o555
    assert mode(closed) == 0o700
    with embedded.running(data, embedded.Holder.COMMAND) as database:
        assert remembered(database.url) == ["kept"]


@pytest.mark.skipif(not AS_ROOT, reason="becomes another user")
def test_root_runs_a_users_data_as_that_user(data: Path) -> None:
    data.mkdir()
    with embedded.running(data, embedded.Holder.COMMAND) as database:
        remember(database.url, "kept")
    # As if it had been that user's from the first moment.
    for path in [data, *data.rglob("*")]:
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    (data / "database.lock").unlink()
    with embedded.running(data, embedded.Holder.COMMAND) as database:
        assert psutil.Process(database.pid).uids().real == NOBODY
        assert remembered(database.url) == ["kept"]
    ours = [data, data / "log"]
    assert {path.stat().st_uid for path in [*ours, *data.rglob("*")]} == {NOBODY}


@pytest.mark.parametrize("place", ["data", "data/deeper"])
def test_a_data_directory_that_cannot_be_made_is_named_in_one_line(top: Path, place: str) -> None:
    (top / "data").write_text("in the way")
    with (
        pytest.raises(
            errors.OperatorError, match=r"^cannot write to .*: choose another with --data-dir$"
        ),
        embedded.running(top / place, embedded.Holder.SERVE),
    ):
        pass


@pytest.mark.skipif(AS_ROOT, reason="root writes everywhere")
def test_a_data_directory_without_write_permission_is_named_in_one_line(data: Path) -> None:
    data.mkdir(mode=0o555)
    with (
        pytest.raises(errors.OperatorError, match=r"^cannot write to .*\(Permission denied\): "),
        embedded.running(data, embedded.Holder.SERVE),
    ):
        pass


@pytest.mark.parametrize(
    ("version", "message"),
    [("17\n", "was written by PostgreSQL 17, this is 18"), (None, "holds no PostgreSQL data")],
)
def test_data_of_another_version_or_of_something_else_is_refused(
    data: Path, version: str | None, message: str
) -> None:
    (data / "postgres").mkdir(parents=True)
    if version is not None:
        (data / "postgres" / "PG_VERSION").write_text(version)
    with (
        pytest.raises(errors.OperatorError, match=message),
        embedded.running(data, embedded.Holder.SERVE),
    ):
        pass


def test_a_server_that_cannot_start_says_why_in_one_line(data: Path) -> None:
    with embedded.running(data, embedded.Holder.COMMAND):
        pass
    (data / "postgres" / "global" / "pg_control").unlink()
    with (
        pytest.raises(errors.OperatorError, match=r"did not start in .*: .*pg_control") as fault,
        embedded.running(data, embedded.Holder.SERVE),
    ):
        pass
    assert "\n" not in str(fault.value)
    assert servers_of(data) == []


def test_a_first_start_that_fails_says_why_in_one_line_and_leaves_nothing_half(data: Path) -> None:
    limited = """
        import resource, sys
        from pathlib import Path
        from wirephoto import errors
        from wirephoto.db import embedded
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # as a disk that is full
        try:
            with embedded.running(Path(sys.argv[1]), embedded.Holder.SERVE):
                pass
        except errors.OperatorError as fault:
            sys.exit(str(fault))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(limited), data],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stderr.startswith(f"PostgreSQL could not set up {data}/postgres: could not ")
    assert "File too large" in done.stderr
    assert done.stderr.count("\n") == 1
    with embedded.running(data, embedded.Holder.SERVE) as database:
        remember(database.url, "kept")


def test_the_newest_ten_log_files_are_kept(top: Path) -> None:
    for day in range(10, 25):
        (top / f"postgres-202601{day}-000000.log").touch()
    postmaster._prune(top)
    kept = sorted(path.name for path in top.iterdir())
    assert kept == [f"postgres-202601{day}-000000.log" for day in range(15, 25)]


@pytest.mark.parametrize(
    ("output", "fault"),
    [
        ("", "it said nothing"),
        ("one\ntwo\n", "two"),
        ("2026-01-01 UTC [1] FATAL:  no room\n2026-01-01 UTC [1] LOG:  is shut down", "no room"),
        (
            "FATAL:  No space left on device\nPANIC:  abort\ninitdb: error: child process exited",
            "No space left on device",
        ),
    ],
)
def test_the_line_that_says_why_is_found(output: str, fault: str) -> None:
    assert process.first_fault(output) == fault
