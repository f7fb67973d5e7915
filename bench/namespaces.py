"""Machines on one network, as far as the kernel can tell: a network namespace each, on a bridge.

All of it lies inside a namespace of the program's own, where the bridge is: nothing of the real
network is touched, and with the last process everything is gone, however that one ended.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench import measure

HUB = "10.77.0.1"  # the bridge: where this program and whatever it serves are
NETWORK = "10.77.0.0/24"
_BRIDGE = "hub"
_OUTSIDE = "BENCH_OUTSIDE"
_NAMED_AFTER = ("unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"')
_NAMES = Path("/run/netns")


@dataclass(frozen=True, slots=True)
class Host:
    """A machine: its name, and its address on the bridge."""

    name: str
    address: str

    def command(self, *words: str) -> list[str]:
        """What runs these words on it; the process stays the one that was started."""
        return ["ip", "netns", "exec", self.name, *_NAMED_AFTER, self.name, *words]

    def cut(self) -> None:
        """Pull its cable: nothing comes or goes, and nobody is told."""
        _run("ip", "link", "set", self.name, "down")

    def heal(self) -> None:
        _run("ip", "link", "set", self.name, "up")


def enter() -> None:
    """Begin this program anew inside, unless it is there; then make the bridge.

    Raises:
        measure.CannotRun: namespaces are not ours to make here.
    """
    own = str(Path("/proc/self/ns/net").readlink())
    if os.environ.get(_OUTSIDE, own) == own:
        os.environ[_OUTSIDE] = own
        _run("unshare", "--net", "--mount", "true")
        os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.orig_argv[1:]])
    _NAMES.mkdir(exist_ok=True)
    _run("mount", "-t", "tmpfs", "names", str(_NAMES))  # names that nobody else sees
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "link", "add", _BRIDGE, "type", "bridge")
    _run("ip", "address", "add", f"{HUB}/24", "dev", _BRIDGE)
    _run("ip", "link", "set", _BRIDGE, "up")


def add(number: int) -> Host:
    """One more machine, with its cable in the bridge."""
    host = Host(f"host{number}", f"10.77.0.{10 + number}")
    inside = ("ip", "-n", host.name)
    _run("ip", "netns", "add", host.name)
    _run("ip", "link", "add", host.name, "type", "veth", "peer", "name", "eth0", "netns", host.name)
    _run("ip", "link", "set", host.name, "master", _BRIDGE, "up")
    _run(*inside, "link", "set", "lo", "up")
    _run(*inside, "address", "add", f"{host.address}/24", "dev", "eth0")
    _run(*inside, "link", "set", "eth0", "up")
    return host


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as missing:
        raise measure.CannotRun(f"{missing.filename} is not here (iproute2, util-linux)") from None
    except subprocess.CalledProcessError as refused:
        raise measure.CannotRun(f"{' '.join(command)}: {refused.stderr.strip()}") from None
