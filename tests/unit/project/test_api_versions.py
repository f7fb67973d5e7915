"""Which API versions there are, and how their lists come."""

import pytest

from wirephoto import errors
from wirephoto.project import versions


def test_there_is_v1_and_every_odd_month_from_2025_03() -> None:
    assert sorted(versions.KNOWN) == [
        *("2025-03", "2025-05", "2025-07", "2025-09", "2025-11"),
        *("2026-01", "2026-03", "2026-05", "2026-07", "2026-09", "2026-11"),
        "v1",
    ]


@pytest.mark.parametrize("name", sorted(versions.KNOWN))
def test_every_known_version_resolves_to_itself(name: str) -> None:
    assert versions.resolve(name).name == name


@pytest.mark.parametrize(
    "text",
    ["", "v2", "V1", "v1 ", "2025-01", "2025-04", "2027-01", "2025-3", "2025-03-01", "x" * 999],
)
def test_an_unknown_version_is_not_found(text: str) -> None:
    with pytest.raises(errors.NotFound) as refused:
        versions.resolve(text)
    assert list(refused.value.details) == ["version"]
    assert len(refused.value.details["version"]) < 120


def test_a_retired_version_is_gone() -> None:
    with pytest.raises(errors.Gone) as refused:
        versions.resolve("2025-03", known={"v1"}, retired={"2025-03"})
    assert refused.value.details == {"version": "The API version 2025-03 is retired."}


def test_no_version_is_retired_yet() -> None:
    assert frozenset() == versions.RETIRED


@pytest.mark.parametrize(
    ("name", "wraps"), [("v1", False), ("2025-11", False), ("2026-01", True), ("2026-11", True)]
)
def test_dated_versions_from_2026_01_wrap_lists(name: str, wraps: bool) -> None:
    assert versions.resolve(name).wraps_lists is wraps
