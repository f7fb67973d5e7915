"""What a child may use. Taken away once it is ready: nothing after that needs a file or a socket.

Limits of setrlimit(2) hold everywhere, in containers too. A limit of no descriptors leaves the
three that are open and allows no other: no file, no socket, no pipe. As root the child becomes
``nobody`` as well. It is no jail against one who runs code of his own in it: system calls are not
filtered.
"""

import contextlib
import ctypes
import os
import resource
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_NOBODY = 65_534


def die_with_parent(parent: int) -> bool:
    """Be killed when the parent is gone (prctl(2)); False: it is gone already."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    return os.getppid() == parent


def close_doors(parent: int, memory_bytes: int) -> bool:
    """Give up files, network, other users' rights and address space over ``memory_bytes``.

    Signals that ask a service to stop are the worker's: it ends its children when they are done.
    """
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 2)  # a panic's words may hold what a stranger wrote
    os.close(null)
    if os.getuid() == 0:
        _become_nobody()
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for name in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
        resource.setrlimit(name, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    return die_with_parent(parent)  # a change of user has undone it


def _become_nobody() -> None:
    with contextlib.suppress(OSError):  # a container may not map this user
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def allow_cpu(seconds: int) -> None:
    """From now on so many seconds of computing; beyond them the kernel ends us (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(
        resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, hard)
    )
