"""The counter-test: without the guard the same cases do arrive, so the listeners would tell."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.fixtures import figures
from tests.integration.guard import cases, inner_system

pytestmark = [pytest.mark.netns, pytest.mark.timeout(300)]

CONNECTING = [case for case in cases.all_cases() if case.connects]

Seen = dict[str, Any]


@pytest.fixture(scope="module")
def seen(inner_system: Callable[[str], Seen]) -> Seen:
    return inner_system("unguarded")


def test_without_the_guard_every_case_is_seen_at_a_listener(
    seen: Seen, figures: figures.Figures
) -> None:
    missing = [case.name for case in CONNECTING if not seen["paths"].get(case.tag)]
    assert missing == []
    assert len(CONNECTING) > 500
    figures.tell(cases=len(CONNECTING), arrived=len(CONNECTING) - len(missing))


@pytest.mark.parametrize(
    "place", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "fd00:ec2::254"]
)
def test_without_the_guard_the_packets_to_inner_addresses_are_counted(
    place: str, seen: Seen
) -> None:
    assert seen["packets"][f"{place} 80"] > 0
    assert seen["connections"][f"{place} 80"] > 0


def test_without_the_guard_names_that_flip_lead_to_loopback(seen: Seen) -> None:
    assert seen["flips"] == {"success": inner_system.FLIPS["unguarded"]}


def test_without_the_guard_a_row_would_tell_what_is_open_closed_or_filtered(seen: Seen) -> None:
    codes = [seen["single"][f"{what} by address"].get("code") for what in inner_system.INNER]
    assert codes == [None, "http_status", "unreachable", "timeout"]
