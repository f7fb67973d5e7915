"""Names to addresses, each answer judged."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

from wirephoto import errors
from wirephoto.net import addresses

_THREADS = 16
_FOR_GOOD = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class Resolver:
    """``getaddrinfo`` in threads of its own, so that slow names hold up nothing but names.

    Args:
        rule: what an answer may be.
        timeout: seconds for one name.
    """

    def __init__(self, rule: addresses.Rule, *, timeout: float) -> None:
        self._rule = rule
        self._timeout = timeout
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="resolve")

    async def resolve(self, host: str) -> list[str]:
        """All addresses of a name; ``addresses.check_answers`` judges them for a port.

        Raises:
            errors.BlockedAddress: ``localhost``, and loopback is not open.
            errors.Unreachable: for good where the name has no address, else for now.
        """
        if addresses.is_localhost(host):
            return addresses.loopback_answers(self._rule)
        return await self._lookup(host)

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _lookup(self, host: str) -> list[str]:
        loop = asyncio.get_running_loop()
        asked = loop.run_in_executor(self._threads, _getaddrinfo, host)
        try:
            async with asyncio.timeout(self._timeout):
                answers = await asked
        except TimeoutError:
            raise errors.Unreachable("the name did not resolve in time", transient=True) from None
        except socket.gaierror as failure:
            raise _unresolved(failure) from None
        except OSError:
            raise errors.Unreachable("the name did not resolve", transient=True) from None
        return answers


def _getaddrinfo(host: str) -> list[str]:
    # Bytes keep Python's own IDNA codec out. No AI_ADDRCONFIG: whether a name is refused must
    # not depend on the addresses this machine has.
    found = socket.getaddrinfo(host.encode("ascii"), None, socket.AF_UNSPEC, socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def _unresolved(failure: socket.gaierror) -> errors.Unreachable:
    if failure.errno in _FOR_GOOD:
        return errors.Unreachable("the name does not exist or has no address")
    return errors.Unreachable("the name did not resolve", transient=True)
