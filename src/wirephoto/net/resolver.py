"""Names to addresses, each answer judged before aiohttp sees it."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

import aiohttp.abc

from wirephoto import errors
from wirephoto.net import addresses

MAX_ANSWERS = 8  # tried at most; all of them are judged
_THREADS = 16
_FOR_GOOD = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class Resolver(aiohttp.abc.AbstractResolver):
    """``getaddrinfo`` in threads of its own, so that slow names hold up nothing but names.

    Args:
        rule: what an answer may be.
        timeout: seconds for one name.
    """

    def __init__(self, rule: addresses.Rule, *, timeout: float) -> None:
        self._rule = rule
        self._timeout = timeout
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="resolve")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[aiohttp.abc.ResolveResult]:
        """Addresses of a name, eight at most.

        Raises:
            errors.BlockedAddress: any of the answers is refused.
            errors.Unreachable: for good where the name has no address, else for now.
        """
        if addresses.is_localhost(host):
            answers = addresses.loopback_answers(self._rule)
        else:
            answers = await self._lookup(host, family)
        addresses.check_answers(host, answers, port, self._rule)
        return [_result(host, answer, port) for answer in answers[:MAX_ANSWERS]]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _lookup(self, host: str, family: int) -> list[str]:
        loop = asyncio.get_running_loop()
        asked = loop.run_in_executor(self._threads, _getaddrinfo, host, family)
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


def _getaddrinfo(host: str, family: int) -> list[str]:
    # Bytes keep Python's own IDNA codec out. No AI_ADDRCONFIG: whether a name is refused must
    # not depend on the addresses this machine has.
    found = socket.getaddrinfo(host.encode("ascii"), None, family, socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def _unresolved(failure: socket.gaierror) -> errors.Unreachable:
    if failure.errno in _FOR_GOOD:
        return errors.Unreachable("the name does not exist or has no address")
    return errors.Unreachable("the name did not resolve", transient=True)


def _result(host: str, answer: str, port: int) -> aiohttp.abc.ResolveResult:
    family = socket.AF_INET6 if ":" in answer else socket.AF_INET
    return {
        "hostname": host,
        "host": answer,
        "port": port,
        "family": family,
        "proto": 0,
        "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    }
