"""``make fuzz``: bytes by chance against inspection for FUZZ_SECONDS; by atheris where it is there.

Prints how many inputs it tried and what became of them. An input that breaks a rule is written to
``fuzz-failures`` and ends the run with 1: make it a test, then mend what it broke.

atheris steers by coverage and has wheels for few Pythons: ``pip install atheris`` brings it in.
"""

import collections
import hashlib
import importlib
import os
import random
import resource
import sys
import time
from pathlib import Path
from typing import Any

from tests.fuzz import judging, mutation

SECONDS = float(os.environ.get("FUZZ_SECONDS", "120"))
SEED = int(os.environ.get("FUZZ_SEED", "0") or 0) or int(time.time())
FAILURES = Path("fuzz-failures")
MEMORY_MEGABYTES = 600  # of the whole run, the seeds included


def keep(data: bytes, broken: judging.Broken) -> None:
    FAILURES.mkdir(exist_ok=True)
    path = FAILURES / hashlib.sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    print(f"{path}: {broken}", flush=True)


def by_chance() -> int:
    """Seeded mutation alone; how many inputs broke a rule."""
    chance = random.Random(SEED)
    ends: collections.Counter[str] = collections.Counter()
    broken = 0
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        data = mutation.one(chance)
        try:
            ends[judging.judge(data)] += 1
        except judging.Broken as fault:
            keep(data, fault)
            broken += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"seed {SEED}: {ends.total()} inputs in {SECONDS:.0f} s, {broken} broke a rule")
    print(f"{peak} MB at most; " + ", ".join(f"{end} {n}" for end, n in ends.most_common()))
    return broken + (peak > MEMORY_MEGABYTES)


def by_coverage() -> None:
    """libFuzzer ends the process itself, with a code of its own where a rule was broken."""
    atheris: Any = importlib.import_module("atheris")  # optional, and for few Pythons
    atheris.instrument_all()
    corpus = FAILURES.with_name("fuzz-corpus")
    corpus.mkdir(exist_ok=True)
    for data in mutation.seeds():
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)

    def one_input(data: bytes) -> None:
        try:
            judging.judge(data)
        except judging.Broken as fault:
            keep(data, fault)
            raise

    options = [f"-max_total_time={SECONDS:.0f}", f"-rss_limit_mb={MEMORY_MEGABYTES * 2}"]
    atheris.Setup([sys.argv[0], str(corpus), *options, "-max_len=60000"], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    if "--atheris" in sys.argv:
        by_coverage()
    else:
        sys.exit(bool(by_chance()))
