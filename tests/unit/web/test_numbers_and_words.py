"""Numbers, times, bars and words as pages show them."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wirephoto import errors
from wirephoto.db import jobs
from wirephoto.web import live, numbers, progress, words

NOW = datetime(2026, 11, 24, 14, 5, 49, tzinfo=UTC)
TEMPLATES = Path(words.__file__).parent / "templates"


def job(**counters: int) -> jobs.Status:
    given = {"total": 100, "done": 0, "success": 0, "skipped": 0, "failed": 0, "cancelled": 0}
    given |= counters
    given["done"] = sum(given[name] for name in ("success", "skipped", "failed", "cancelled"))
    return jobs.Status(
        id=1,
        public_id="x",
        state="started",
        system_name="a",
        retry_of=None,
        accepted_at=NOW,
        started_at=NOW,
        finished_at=None,
        **given,
    )


def test_thousands_are_parted_by_a_narrow_space_and_decimals_by_language() -> None:
    assert numbers.count(18432) == "18\u202f432"
    assert numbers.decimal(1284.25, "en") == "1\u202f284.2"
    assert numbers.decimal(2.75, "de") == "2,8"
    assert numbers.size(2_700_000, "en") == ("2.7", "MB")


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (32.4, "0:32"), (401, "6:41"), (3860, "1:04:20")]
)
def test_durations_are_minutes_and_seconds(seconds: float, shown: str) -> None:
    assert numbers.duration(seconds) == shown


def test_a_time_to_come_is_said_as_exactly_as_it_is_known() -> None:
    assert [numbers.roughly(one, "en") for one in (32, 200, 7300)] == [
        *("0:32", "about 3 min", "about 2 h"),
    ]


def test_all_is_done_only_when_it_is() -> None:
    assert numbers.percent(99_999, 100_000, "en") == "99.9"
    assert numbers.percent(100_000, 100_000, "en") == "100.0"


def test_days_are_named_while_they_are_near() -> None:
    shown = [numbers.moment(NOW - timedelta(days=n), NOW, "en") for n in (0, 1, 30)]
    assert shown == ["today 14:05", "yesterday 14:05", "25 October 2026"]
    assert numbers.moment(NOW - timedelta(days=30), NOW, "de") == "25. Oktober 2026"


def test_a_failure_is_never_too_thin_to_be_seen_and_the_bar_never_too_long() -> None:
    parts = progress.parts(job(total=100_000, success=99_999, failed=1))
    assert [part.kind for part in parts] == ["success", "failed"]
    assert parts[-1].width == progress.LEAST_SHARE
    assert parts[-1].start + parts[-1].width <= 100


def test_the_pace_is_that_of_the_last_seconds() -> None:
    pace = live.Pace()
    assert pace.at(0, 0) is None
    assert pace.at(1, 100) == 100
    assert [pace.at(float(second), 100) for second in range(2, 30)][-1] == 0


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de-CH,de;q=0.9,en;q=0.8", "de"),
        ("fr,en;q=0.5,de;q=0.4", "en"),
        ("fr", "en"),
        ("de;q=0,en;q=x", "en"),
        (";;;,=", "en"),
    ],
)
def test_a_page_speaks_what_its_browser_asks_for(accepted: str, language: str) -> None:
    assert words.language(accepted) == language


def test_one_of_something_is_said_in_the_singular() -> None:
    phrases = ("of {n} job", "of {n} jobs")
    assert [words.many("en", n, *phrases) for n in (0, 1, 80)] == [
        *("of 0 jobs", "of 1 job", "of 80 jobs")
    ]
    assert words.many("de", 1, *phrases) == "aus 1 Auftrag"
    assert words.many("de", 12_000, *phrases) == "aus 12\u202f000 Aufträgen"


def test_every_count_of_a_template_has_both_its_forms() -> None:
    """``count`` right before a word is one of these; what stands under a figure is not."""
    for path in sorted(TEMPLATES.glob("*.html")):
        found = re.findall(r'count\([^}]*\) \}\} \{\{ t\("(\w+)"\)', path.read_text("utf-8"))
        assert set(found) <= {"of", "skipped", "failed", "cancelled", "done"}, path.name


def test_every_failure_code_has_a_title_and_advice_in_both_languages() -> None:
    assert set(words.ADVICE) == errors.failure_codes()
    for code, said in words.ADVICE.items():
        assert all(words.text("de", text) != text for text in said), code


def test_every_word_of_a_template_is_there_in_german_or_is_the_same() -> None:
    same = {"Id", "Token", "Webhook", "System", "in", "Import"}
    for path in sorted(TEMPLATES.glob("*.html")):
        for english in _words(path.read_text("utf-8")):
            assert english in words.GERMAN or english in same, f"{path.name}: {english}"


def test_what_stands_in_a_phrase_is_the_same_in_both_languages() -> None:
    for english, german in words.GERMAN.items():
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", german)), english


def _words(text: str) -> set[str]:
    found: set[str] = set()
    for one, more in re.findall(r'\bmany\([^"]*"([^"]*)",\s*"([^"]*)"', text):
        found |= {one, more}
    for after in re.split(r"""\b(?:t|say)\(["']""", text)[1:]:
        found.add(after.partition('"')[0])
    return found
