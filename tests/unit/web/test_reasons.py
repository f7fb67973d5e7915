"""What is wrong with a field is said in German on German pages: every rule there is."""

from typing import Any

import pytest

from wirephoto import errors
from wirephoto.net import urls
from wirephoto.pipeline.accept import rules
from wirephoto.project import media_types, plugins
from wirephoto.web import reasons

OPTIONS = plugins.Options(
    min_length=2,
    max_length=4,
    allow_newlines=False,
    min_value=1,
    max_value=9,
    max_items=1,
    choices=("a", 'b "c"'),
)
NUMBERS = plugins.Options(min_value=1, max_value=9, choices=(1, 2))
BAD: list[tuple[str, plugins.Options, Any]] = [
    *[("li-text", OPTIONS, one) for one in (1, "x", "too long", "a\nb", "\0a", "none")],
    *[("li-integer", NUMBERS, one) for one in ("x", 0, 10, 5, 2**70)],
    ("li-boolean", OPTIONS, "yes"),
    ("li-enum", OPTIONS, "none"),
    *[("li-string-list", OPTIONS, one) for one in ("x", [1], ["none"])],
    *[("li-numeric-list", OPTIONS, one) for one in ("x", ["1"], [1, 2], [2**70])],
    *[("li-date", OPTIONS, one) for one in (1, "24.11.2026", "2026-02-30")],
    *[("li-datetime", OPTIONS, one) for one in (1, "gestern", "2026-02-30T00:00:00Z")],
    *[
        ("li-datetime-validity", OPTIONS, one)
        for one in ("x", {"until": 1}, {"from": "x"}, {"from": "2027-01-01", "to": "2026-01-01"})
    ],
    *[("li-link", OPTIONS, one) for one in (1, {"x": 1}, "ftp://x", "http://[x")],
]
ENGLISH = ("must", "it is", "it has", "not", "such", "has a", "holds")


def assert_german(english: str) -> None:
    german = reasons.said("de", english)
    assert german != english
    outside = german.partition(" (ist ")[0].replace('"', "")
    assert not [word for word in ENGLISH if f" {word} " in f" {outside} "], german
    assert reasons.said("en", english) == english


@pytest.mark.parametrize(("plugin", "options", "value"), BAD, ids=repr)
def test_every_rule_of_a_property_is_said_in_german(
    plugin: str, options: plugins.Options, value: Any
) -> None:
    with pytest.raises(errors.InvalidMetadata) as refused:
        media_types.Property("caption", plugin, options=options).check(value)
    assert_german(refused.value.reason)
    assert reasons.said("de", refused.value.reason).startswith("caption: ")


@pytest.mark.parametrize(
    "metadata", [{"none": 1}, {}, {"caption": ""}, {"caption": None}], ids=repr
)
def test_what_a_media_type_refuses_is_said_in_german(metadata: dict[str, Any]) -> None:
    caption = media_types.Property("caption", "li-text", required=True)
    known = media_types.MediaType("image", "mediaImage", {"caption": caption})
    with pytest.raises(errors.InvalidMetadata) as refused:
        known.check(metadata)
    assert_german(refused.value.reason)
    with pytest.raises(errors.UnknownMediaType) as unknown:
        media_types.find({"image": known}, "none")
    assert_german(unknown.value.reason)


def test_a_message_of_the_projects_own_stays_as_it_is() -> None:
    own = "Jedes Bild braucht einen Nachweis"
    assert reasons.said("de", own) == own
    assert reasons.said("de", f"credit: {own}") == f"credit: {own}"


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://x", "http://a@b/", "http:///x", "http://x:99999/", "http://[::g]/", "http://a%b/"),
        *("http://1.2.3/", "http://a..b/", f"http://{'a' * 300}/", "http://x/" + "y" * 9000),
    ],
    ids=lambda url: str(url)[:20],
)
def test_what_is_wrong_with_an_address_is_said_in_german(url: str) -> None:
    with pytest.raises(errors.BadUrl) as bad:
        urls.parse(url)
    assert_german(str(bad.value))


def test_what_is_wrong_with_a_row_is_said_in_german() -> None:
    for said in (rules.sha256("x"), rules.sha256("x" * 64), rules.external_id("x" * 2000)):
        assert said
        assert_german(said)
    for said in ("is empty", "url: is empty", "has 3 cells, the first line 2", "'x' is no integer"):
        assert_german(said)
