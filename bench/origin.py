"""The origin: nginx on loopback, over a folder of files, set up as Debian ships it."""

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from bench import measure

_PACKAGE = "nginx-light"
_START_SECONDS = 10.0
_CONFIGURATION = """\
daemon off;
{user}
worker_processes auto;
pid {own}/nginx.pid;
error_log {own}/error.log;
events {{ worker_connections 768; }}
http {{
  access_log {log};
  sendfile on;
  tcp_nopush on;
  types {{ image/jpeg jpg; }}
  client_body_temp_path {own}/body;
  proxy_temp_path {own}/proxy;
  fastcgi_temp_path {own}/fastcgi;
  uwsgi_temp_path {own}/uwsgi;
  scgi_temp_path {own}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {root};
  }}
}}
"""


def require() -> str:
    """Path of nginx; installed where it is missing and we may.

    Raises:
        measure.CannotRun: it is missing and we may not, or it cannot be had.
    """
    found = _found()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _install()
        found = _found()
    if found is None:
        raise measure.CannotRun(
            f"nginx is not there: install it as root, `apt-get install {_PACKAGE}` on Debian"
        )
    return found


def _found() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def _install() -> None:
    print(f"installing {_PACKAGE} by apt-get", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", _PACKAGE]):
        done = subprocess.run(
            ["apt-get", "-qq", *arguments], env=environment, check=False, capture_output=True
        )
        if done.returncode:
            why = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise measure.CannotRun(f"nginx is not there and apt-get failed: {''.join(why)}")


@contextlib.contextmanager
def serving(nginx: str, root: Path, own: Path, *, log: Path | None = None) -> Iterator[str]:
    """The address of ``root``, without a slash at its end.

    ``own`` is for nginx's own files; ``log`` gets a line for each request.
    """
    own.mkdir()
    port = free_port()
    configuration = own / "nginx.conf"
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    configuration.write_text(
        _CONFIGURATION.format(user=user, own=own, port=port, root=root, log=log or "off")
    )
    process = subprocess.Popen([nginx, "-p", own, "-c", configuration], stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process, own / "error.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path | None = None) -> None:
    """Until somebody listens there.

    Raises:
        measure.CannotRun: nobody does; what the log says.
    """
    until = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    said = log.read_text(errors="replace").strip() if log and log.exists() else ""
    raise measure.CannotRun(f"the origin does not start: {said}")
