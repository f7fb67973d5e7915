"""How much of a fault is tried: a short, seeded part by default, all of it by `make faults`."""

import os
from typing import TypeVar

T = TypeVar("T")
FULL = os.environ.get("FAULTS") == "full"


def pick(short: T, full: T) -> T:
    """The size of a run: pictures, kills, seconds."""
    return full if FULL else short


def sized(name: str, short: int, full: int) -> int:
    """As ``pick``; the environment may give another full size, as ``FAULTS_PICTURES=50000``."""
    return pick(short, int(os.environ.get(f"FAULTS_{name}", str(full))))
