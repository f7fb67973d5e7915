"""Fields to the properties of a media type."""

from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirephoto.pipeline.embedded import fields, filling
from wirephoto.project import media_types, plugins

Mapping = media_types.ExifMapping


def media_type(plugin: str, *names: str, **options: Any) -> media_types.MediaType:
    one = media_types.Property("p", plugin, options=plugins.Options(**options))
    mappings = tuple(Mapping(name, "p") for name in names)
    return media_types.MediaType("image", "mediaImage", MappingProxyType({"p": one}), mappings)


def filled(plugin: str, value: Any, **options: Any) -> Any:
    found = filling.fill(media_type(plugin, "Keywords", **options), {"keywords": value}, {})
    return found.values.get("p")


FORMS = [
    ("li-text", ["a", "b"], "a, b"),
    ("li-text", "a", "a"),
    ("li-string-list", ["a", "b"], ["a", "b"]),
    ("li-string-list", "a", ["a"]),
    ("li-integer", "5", 5),
    ("li-integer", "1.0", 1),
    ("li-integer", "1.5", None),
    ("li-numeric-list", ["1", "2.5"], [1.0, 2.5]),
    ("li-boolean", "True", True),
    ("li-boolean", "maybe", None),
    ("li-date", "2024-03-22T01:02:03Z", "2024-03-22"),
    ("li-date", "2024-03", None),
    ("li-datetime", "2024-03-22T01:02:03Z", "2024-03-22T01:02:03Z"),
    ("li-datetime", "2024-03-22", None),
    ("li-link", "https://example.org", "https://example.org"),
    ("li-link", "nowhere at all", None),
    ("li-datetime-validity", "2024", None),
    ("acme", ["a", "b"], "a, b"),
    ("li-text", [{"licensorName": "A", "licensorUrl": "u"}, {"licensorName": "B"}], "A, B"),
    ("li-text", {"address": "Ring 1", "city": "Wien"}, "Ring 1, Wien"),
    ("li-text", [{"sublocation": "Kai", "city": "Wien"}], "Kai, Wien"),
]


@pytest.mark.parametrize(("plugin", "value", "stored"), FORMS)
def test_a_value_takes_the_form_of_its_property(plugin: str, value: Any, stored: Any) -> None:
    assert filled(plugin, value) == stored


def test_of_several_mappings_the_first_with_content_wins() -> None:
    kind = media_type("li-text", "Headline", "Title", "Description")
    found = {"title": "T", "description": "D"}
    assert filling.fill(kind, found, {}).values == {"p": "T"}
    assert filling.fill(kind, found | {"headline": "H"}, {}).values == {"p": "H"}


def test_a_value_that_breaks_a_rule_is_left_out_and_said_and_no_other_takes_its_place() -> None:
    kind = media_type("li-text", "Headline", "Title", max_length=2)
    found = filling.fill(kind, {"headline": "long", "title": "T"}, {})
    assert found.values == {}
    assert found.left_out == ("p: must be at most 2 characters (it has 4)",)


def test_what_the_caller_has_given_is_not_filled_in() -> None:
    assert (
        filling.fill(media_type("li-text", "Title"), {"title": "T"}, {"p": ""}) is filling.NOTHING
    )


@pytest.mark.parametrize("one", fields.ALL, ids=lambda one: one.id)
def test_every_name_and_alias_of_every_field_maps(one: fields.Field) -> None:
    for name in (one.id, one.name, *one.aliases):
        assert filling.fill(media_type("li-text", name), {one.id: "v"}, {}).values == {"p": "v"}


VALUES = st.recursive(
    st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES, st.sampled_from([*plugins.PLUGINS, "acme"]))
def test_any_value_is_stored_by_the_rules_or_left_out(value: Any, plugin: str) -> None:
    kind = media_type(plugin, "Keywords")
    found = filling.fill(kind, {"keywords": value}, {})
    if "p" in found.values:
        assert kind.check(dict(found.values)) == found.values
