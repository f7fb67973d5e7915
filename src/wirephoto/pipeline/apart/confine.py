"""What a child may use. Taken away once it is ready: nothing after that needs a file or a socket.

Limits of setrlimit(2) hold everywhere, in containers too. A limit of no descriptors leaves the
three that are open and allows no other: no file, no socket, no pipe. As root the child becomes
``nobody`` as well. Where the kernel lets us, a filter refuses to start processes and programs.
"""

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
from dataclasses import dataclass

_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_NOBODY = 65_534


def die_with_parent(parent: int) -> bool:
    """Be killed when the parent is gone (prctl(2)); False: it is gone already."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    return os.getppid() == parent


def close_doors(parent: int, memory_bytes: int, *, threads: bool = False) -> bool:
    """Give up files, network, other users' rights and address space over ``memory_bytes``.

    ``threads``: they may be started, where the filter keeps processes from it; the limit of
    processes counts both. Signals that ask a service to stop are the parent's: it ends its children
    when they are done.
    """
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 2)  # a panic's words may hold what a stranger wrote
    os.close(null)
    if os.getuid() == 0:
        _become_nobody()
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for name in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(name, (0, 0))
    if not (_refuse_processes() and threads):
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
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


@dataclass(frozen=True, slots=True)
class _Machine:
    """Numbers of one architecture (linux/audit.h, its table of system calls)."""

    audit: int
    clone: int
    refused: tuple[int, ...]  # fork, vfork, execve, execveat, ptrace


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 56, (57, 58, 59, 322, 101)),
    "aarch64": _Machine(0xC00000B7, 220, (221, 281, 117)),
}
_CLONE3 = 435
_CLONE_THREAD = 0x10000
_X32 = 0x40000000  # the other calls of an x86_64
_LOAD, _EQUAL, _AT_LEAST, _HAS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # linux/bpf_common.h
_NUMBER, _AUDIT, _FIRST_ARGUMENT = 0, 4, 16  # in struct seccomp_data
_ALLOW, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
_SECCOMP_MODE_FILTER = 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _refuse_processes() -> bool:
    """No new process, no other program from now on (seccomp(2)); False: not on this machine."""
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    code = b"".join(struct.pack("HBBI", *step) for step in _filter(machine))
    held = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(held))
    asked = (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
    return bool(ctypes.CDLL(None).prctl(*asked) == 0)


def _filter(machine: _Machine) -> list[tuple[int, int, int, int]]:
    """Steps of (operation, jump if true, jump if false, value).

    clone3(2) hides its flags: libc takes clone(2) where there is none.
    """
    steps = [
        (_LOAD, 0, 0, _AUDIT),
        *((_EQUAL, 1, 0, machine.audit), (_RETURN, 0, 0, _EPERM)),
        (_LOAD, 0, 0, _NUMBER),
        *((_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _EPERM)),
        *((_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _ENOSYS)),
    ]
    for number in machine.refused:
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _EPERM)]
    return [
        *steps,
        (_EQUAL, 0, 3, machine.clone),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        *((_HAS, 1, 0, _CLONE_THREAD), (_RETURN, 0, 0, _EPERM)),
        (_RETURN, 0, 0, _ALLOW),
    ]
