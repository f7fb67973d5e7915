"""Signals that end a command that runs on: it stops in order, with all that it started."""

import asyncio
import signal

_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def set_on_end(stop: asyncio.Event) -> None:
    """Set ``stop`` on SIGTERM, Ctrl-C and a closed terminal; call it in the event loop.

    What whoever started us had ignored stays so: ``nohup`` ignores SIGHUP.
    """
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
