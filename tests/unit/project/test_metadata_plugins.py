"""One table of good and bad values for each metadata plugin and each of its options."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirephoto import errors
from wirephoto.project import media_types, plugins


def _check(plugin: str, value: Any, **options: Any) -> Any:
    return media_types.Property("p", plugin, options=plugins.Options(**options)).check(value)


def _reason(plugin: str, value: Any, **options: Any) -> str:
    with pytest.raises(errors.InvalidMetadata) as refused:
        _check(plugin, value, **options)
    assert refused.value.code == "invalid_metadata"
    return refused.value.reason


GOOD: list[tuple[str, dict[str, Any], Any]] = [
    ("li-text", {}, ""),
    ("li-text", {}, "a\nb"),
    ("li-text", {"min_length": 2}, "ab"),
    ("li-text", {"max_length": 2}, "ab"),
    ("li-text", {"max_length": 2}, "🐈🐈"),
    ("li-text", {"max_length": 0}, ""),
    ("li-text", {"allow_newlines": False}, "a b"),
    ("li-text", {"choices": ("a", "b")}, "b"),
    ("li-integer", {}, 0),
    ("li-integer", {}, 2**63 - 1),
    ("li-integer", {}, -(2**63)),
    ("li-integer", {"min_value": -1, "max_value": 5}, -1),
    ("li-integer", {"min_value": -1, "max_value": 5}, 5),
    ("li-integer", {"choices": (1, 2)}, 2),
    ("li-boolean", {}, True),
    ("li-boolean", {}, False),
    ("li-enum", {"choices": ("a", "")}, "a"),
    ("li-enum", {"choices": ("a", "")}, ""),
    ("li-enum", {}, "anything"),
    ("li-string-list", {}, []),
    ("li-string-list", {}, ["a", "a", ""]),
    ("li-string-list", {"choices": ("a", "b")}, ["b", "a"]),
    ("li-numeric-list", {}, [1, -2, 2.5]),
    ("li-numeric-list", {"max_items": 2}, [1, 2]),
    ("li-date", {}, "2026-11-23"),
    ("li-date", {}, "2024-02-29"),
    ("li-datetime", {}, "2026-11-23T19:00:00Z"),
    ("li-datetime", {}, "2026-11-23T19:00:00.123456789+01:00"),
    ("li-datetime", {}, "2026-11-23T19:00"),
    ("li-datetime", {}, "2026-11-23t19:00:00z"),
    ("li-datetime", {}, "2026-11-23 19:00:00-0330"),
    ("li-datetime-validity", {}, {"from": "2026-01-01T00:00:00Z"}),
    ("li-datetime-validity", {}, {"to": "2026-01-01T00:00:00Z"}),
    (
        "li-datetime-validity",
        {},
        {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
    ),
    ("li-link", {}, "https://example.org/a?b#c"),
    ("li-link", {}, "mailto:desk@example.org"),
    ("li-link", {}, "tel:+41441234567"),
    ("li-link", {}, "/politik/42"),
    ("li-link", {}, {"href": "https://example.org", "target": "_blank"}),
    ("li-link", {}, {"url": "https://example.org"}),
    ("li-google-vision", {}, {"labels": [1, None, {"deep": []}]}),
    ("acme-own", {}, 1.5),
]


@pytest.mark.parametrize(("plugin", "options", "value"), GOOD)
def test_a_value_within_its_rule_is_stored_as_it_came(
    plugin: str, options: dict[str, Any], value: Any
) -> None:
    assert _check(plugin, value, **options) == value


BAD: list[tuple[str, dict[str, Any], Any, str]] = [
    ("li-text", {}, 5, "p: must be a text (it is 5)"),
    ("li-text", {}, True, "p: must be a text (it is true)"),
    ("li-text", {}, ["a"], "p: must be a text (it is a list)"),
    ("li-text", {}, {"de": "a"}, "p: must be a text (it is an object)"),
    ("li-text", {}, "a\0", "p: must not hold U+0000 or an unpaired surrogate"),
    ("li-text", {}, "\ud800", "p: must not hold U+0000 or an unpaired surrogate"),
    ("li-text", {"min_length": 1}, "", "p: must be at least 1 character (it has 0)"),
    ("li-text", {"min_length": 3}, "ab", "p: must be at least 3 characters (it has 2)"),
    ("li-text", {"max_length": 2}, "abc", "p: must be at most 2 characters (it has 3)"),
    ("li-text", {"allow_newlines": False}, "a\nb", "p: must not have line breaks"),
    ("li-text", {"allow_newlines": False}, "a\rb", "p: must not have line breaks"),
    ("li-text", {"allow_newlines": False}, "a\u2028b", "p: must not have line breaks"),
    ("li-text", {"choices": ("a", "b")}, "c", 'p: must be one of: a, b (it is "c")'),
    ("li-integer", {}, "5", 'p: must be a whole number (it is "5")'),
    ("li-integer", {}, 5.5, "p: must be a whole number (it is 5.5)"),
    ("li-integer", {}, True, "p: must be a whole number (it is true)"),
    ("li-integer", {}, math.nan, "p: must be a whole number (it is nan)"),
    ("li-integer", {}, math.inf, "p: must be a whole number (it is inf)"),
    ("li-integer", {}, 2**63, "p: must be a whole number of at most 64 bits"),
    ("li-integer", {}, 1e300, "p: must be a whole number of at most 64 bits"),
    ("li-integer", {"min_value": 1}, 0, "p: must be 1 or more (it is 0)"),
    ("li-integer", {"max_value": 6}, 7, "p: must be 6 or less (it is 7)"),
    ("li-integer", {"choices": (1, 2)}, 3, "p: must be one of: 1, 2 (it is 3)"),
    ("li-boolean", {}, 1, "p: must be true or false (it is 1)"),
    ("li-boolean", {}, "true", 'p: must be true or false (it is "true")'),
    ("li-enum", {"choices": ("a",)}, "A", 'p: must be one of: a (it is "A")'),
    ("li-enum", {"choices": ("a",)}, ["a"], "p: must be a text (it is a list)"),
    ("li-enum", {"choices": ()}, "a", 'p: must be one of: nothing (it is "a")'),
    ("li-string-list", {}, "a", 'p: must be a list of texts (it is "a")'),
    ("li-string-list", {}, ["a", 1], "p: item 1 must be a text (it is 1)"),
    ("li-string-list", {}, [None], "p: item 0 must be a text (it is null)"),
    ("li-string-list", {"choices": ("a",)}, ["b"], 'p: item 0 must be one of: a (it is "b")'),
    ("li-numeric-list", {}, 1, "p: must be a list of numbers (it is 1)"),
    ("li-numeric-list", {}, [1, "2"], 'p: item 1 must be a number (it is "2")'),
    ("li-numeric-list", {}, [True], "p: item 0 must be a number (it is true)"),
    ("li-numeric-list", {}, [2**64], "p: item 0 must be a finite number of at most 64 bits"),
    ("li-numeric-list", {}, [math.inf], "p: item 0 must be a finite number of at most 64 bits"),
    ("li-numeric-list", {"max_items": 1}, [1, 2], "p: must have at most 1 item (it has 2)"),
    ("li-date", {}, "23.11.2026", 'p: must be a date, YYYY-MM-DD (it is "23.11.2026")'),
    ("li-date", {}, "2026-02-30", 'p: must be a date, YYYY-MM-DD (it is "2026-02-30")'),
    ("li-date", {}, "2026-11-23\n", 'p: must be a date, YYYY-MM-DD (it is "2026-11-23\\n")'),
    ("li-date", {}, "2026-W48-1", 'p: must be a date, YYYY-MM-DD (it is "2026-W48-1")'),
    ("li-date", {}, 20261123, "p: must be a date, YYYY-MM-DD (it is 20261123)"),
    ("li-link", {}, {"text": "x"}, 'p: must be a link, or an object with "href"'),
    (
        "li-datetime-validity",
        {},
        "2026",
        'p: must be an object {"from", "to"} (it is "2026")',
    ),
    (
        "li-datetime-validity",
        {},
        {"until": 1},
        'p: must be an object {"from", "to"} (it has "until")',
    ),
    (
        "li-datetime-validity",
        {},
        {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00"},
        'p: "from" must not be later than "to"',
    ),
    (
        "li-datetime-validity",
        {},
        {"to": 5},
        'p: "to" must be a date and time by ISO 8601, such as 2026-11-23T19:00:00Z (it is 5)',
    ),
]


@pytest.mark.parametrize(("plugin", "options", "value", "reason"), BAD)
def test_a_refusal_names_the_property_the_rule_and_the_value(
    plugin: str, options: dict[str, Any], value: Any, reason: str
) -> None:
    assert _reason(plugin, value, **options) == reason


@pytest.mark.parametrize(
    "value",
    [
        *("2026-11-23", "yesterday", "", "2026-11-23T", "2026-11-23T25:00:00Z", 1764000000),
        *(
            "2026-11-23T24:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-23T19:60:00Z",
            "20261123T190000Z",
        ),
        *("2026-11-23T19:00:00+25:00", "2026-11-23T19:00:00Z\n", "2026-11-23x19:00:00"),
        *("\u0662026-11-23T19:00:00Z", "0000-01-01T00:00:00Z"),
    ],
)
def test_a_datetime_is_a_date_and_a_time_that_exist(value: Any) -> None:
    assert _reason("li-datetime", value).startswith("p: must be a date and time by ISO 8601")


@pytest.mark.parametrize(
    "value",
    [
        *("javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x"),
        *("", " ", "not a link", "www.example.org", "https://", "http://[::1", "mailto:"),
        *("https://a b", "https://a\nb", "https://a\u200bb", "file:///etc/passwd", 5, []),
    ],
)
def test_a_link_runs_no_script_and_leads_somewhere(value: Any) -> None:
    assert _reason("li-link", value).startswith("p: must be a link")
    assert _reason("li-link", {"href": value}).startswith("p: must be a link")


def test_a_number_too_long_to_print_is_refused_without_printing_it() -> None:
    huge = 10**5000  # str() of it raises ValueError
    assert _reason("li-integer", huge) == "p: must be a whole number of at most 64 bits"
    assert _reason("li-text", huge) == "p: must be a text (it is a number beyond 64 bits)"


def test_a_whole_float_is_an_integer_as_in_json_schema() -> None:
    assert repr(_check("li-integer", 3.0)) == "3"


@pytest.mark.parametrize("value", [{}, {"from": None, "to": None}])
def test_a_validity_without_ends_is_absent(value: Any) -> None:
    assert _check("li-datetime-validity", value) is None


def test_a_validity_keeps_only_the_end_that_is_given() -> None:
    end = "2026-01-01T00:00:00Z"
    assert _check("li-datetime-validity", {"from": None, "to": end}) == {"to": end}


def test_a_long_value_is_cut_at_60_characters() -> None:
    assert _reason("li-date", "x" * 1000).endswith('(it is "' + "x" * 60 + '…")')


def test_a_long_list_of_choices_is_cut_at_ten() -> None:
    choices = tuple(f"c{n}" for n in range(500))
    assert "c9, …" in _reason("li-enum", "x", choices=choices)


def test_what_cannot_be_printed_is_escaped_in_a_reason() -> None:
    assert _reason("li-date", "\x1b[31m\u202e").endswith('(it is "\\x1b[31m\\u202e")')


@pytest.mark.parametrize("plugin", [*plugins.PLUGINS, "li-google-vision"])
def test_null_is_absent_for_every_plugin(plugin: str) -> None:
    assert _check(plugin, None) is None


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.sampled_from(["2026-02-30", "http://[", "2026-11-23T19:00:00+23:59", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["from", "to", "href", "url"]) | st.text(), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(
    plugin=st.sampled_from([*plugins.PLUGINS, "other"]),
    value=JSON_VALUES,
    bound=st.none() | st.integers(0, 3),
    choices=st.none() | st.just(("a", "")),
)
def test_any_json_value_is_taken_or_refused_with_a_reason_that_can_be_sent(
    plugin: str, value: Any, bound: int | None, choices: tuple[str, ...] | None
) -> None:
    options = plugins.Options(
        min_length=bound, max_length=bound, allow_newlines=False, min_value=bound, max_items=bound
    )
    if plugin != "li-integer":
        options = plugins.Options(max_items=bound, choices=choices)
    reason = "p: "
    try:
        media_types.Property("p", plugin, options=options).check(value)
    except errors.InvalidMetadata as refused:
        reason = refused.reason
    assert reason.startswith("p: ")
    assert len(reason.encode()) < 1000
