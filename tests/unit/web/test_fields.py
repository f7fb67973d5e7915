"""An entry's metadata as a form, and back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from wirephoto.db import entries
from wirephoto.project import media_types, plugins
from wirephoto.web import fields

_AT = datetime(2026, 11, 24, tzinfo=UTC)


def entry(**metadata: Any) -> entries.Entry:
    return entries.Entry(
        id="e",
        version=1,
        system_name="archive",
        external_id="1",
        media_type="image",
        title="Its file's name",
        metadata=metadata,
        asset_key="k",
        asset_size=1,
        width=3,
        height=2,
        mime_type="image/jpeg",
        file_name="f",
        created_at=_AT,
        updated_at=_AT,
        left_out=None,
        archived_at=None,
        revoked_at=None,
        revoke_note=None,
        blurhash=None,
        dominant_color=None,
    )


def typed(plugin: str, *, open_: bool = False, **options: Any) -> media_types.MediaType:
    one = media_types.Property("p", plugin, options=plugins.Options(**options))
    return media_types.MediaType("image", "mediaImage", {"p": one}, open=open_)


def sent(form: fields.Form) -> dict[str, str]:
    """What a browser sends of a form that nobody touched."""
    given = {}
    for one in form.fields:
        given[f"was.{one.handle}"] = one.was
        name = f"m.{one.handle}"
        if one.kind == "choices":
            given |= {f"{name}.{at}": "1" for at, o in enumerate(one.options) if o in one.parts}
        elif one.kind == "span":
            ends = [*one.parts, "", ""]
            given |= {f"{name}.from": ends[0], f"{name}.to": ends[1]}
        else:
            given[name] = one.text.replace("\n", "\r\n")
    return given


@pytest.mark.parametrize(
    ("plugin", "options", "value", "kind"),
    [
        ("li-text", {}, "two\nlines", "area"),
        ("li-text", {"allow_newlines": False}, "one", "line"),
        ("li-text", {"allow_newlines": False}, "was\r\ntwo", "area"),
        ("li-text", {}, {"odd": 1}, "json"),
        ("li-text", {"choices": ("a", "b")}, "a", "choice"),
        ("li-integer", {}, 12, "number"),
        ("li-integer", {"choices": (1, 2)}, 2, "pick"),
        ("li-boolean", {}, False, "yes"),
        ("li-enum", {"choices": ("a", "b")}, "gone", "choice"),
        ("li-string-list", {}, ["a b", "c"], "lines"),
        ("li-string-list", {}, ["with\nbreak"], "json"),
        ("li-string-list", {"choices": ("a", "b", "c")}, ["c", "a"], "choices"),
        ("li-string-list", {"choices": ("a",)}, ["gone"], "lines"),
        ("li-numeric-list", {}, [1, 2.5], "numbers"),
        ("li-date", {}, "2026-11-24", "date"),
        ("li-date", {}, "some day", "area"),
        ("li-datetime", {}, "2026-11-24T06:00:00+01:00", "line"),
        ("li-datetime-validity", {}, {"from": "2026-11-24T06:00:00Z"}, "span"),
        ("li-link", {}, {"href": "https://example.com"}, "json"),
        ("li-of-somebody-else", {}, [{"a": None}], "json"),
    ],
)
def test_what_nobody_touches_is_not_changed_and_reads_as_it_is(
    plugin: str, options: dict[str, Any], value: Any, kind: str
) -> None:
    form = fields.form(typed(plugin, **options), entry(p=value))
    (one,) = form.fields
    assert one.kind == kind
    form.take(sent(form))
    assert form.changed() == []
    read = fields.read(one)
    if kind == "choices":
        assert sorted(read) == sorted(value)
    elif isinstance(value, str):
        assert read == value.replace("\r\n", "\n")
    else:
        assert read == value


@pytest.mark.parametrize("plugin", [*plugins.PLUGINS, "li-other"])
def test_an_empty_field_says_nothing(plugin: str) -> None:
    form = fields.form(typed(plugin), entry())
    form.take(sent(form))
    assert form.changed() == []
    assert fields.read(form.fields[0]) is None


def test_what_is_no_value_is_left_to_the_rule_and_what_is_no_json_is_said() -> None:
    form = fields.form(typed("li-integer"), entry(p=1))
    form.take(sent(form) | {"m.p": "many"})
    assert fields.read(form.changed()[0]) == "many"
    other = fields.form(typed("li-other"), entry(p={"a": 1}))
    other.take(sent(other) | {"m.p": "{'a'"})
    with pytest.raises(fields.Unreadable, match="no JSON"):
        fields.read(other.changed()[0])


def test_what_two_changed_at_once_is_told_from_what_one_of_them_left_alone() -> None:
    kind = media_types.built_in()["image"]
    mine = sent(fields.form(kind, entry(caption="old", source="old", description="old")))
    mine |= {"m.caption": "mine", "m.description": "alike"}
    now = fields.form(kind, entry(caption="theirs", source="theirs", description="alike"))
    now.take(mine)
    by_name = {one.handle: one for one in now.fields}
    assert [one.handle for one in now.changed()] == ["caption"]
    assert (by_name["caption"].text, by_name["caption"].now) == ("mine", "theirs")
    assert by_name["caption"].theirs
    assert (by_name["source"].text, by_name["source"].theirs) == ("theirs", False)
    assert not by_name["description"].theirs


def test_a_property_without_a_rule_can_be_changed_only_where_the_media_type_is_open() -> None:
    open_ = fields.form(typed("li-text", open_=True), entry(p="a", more=["x", "y"]))
    assert [one.handle for one in open_.fields] == ["p", "more", "title"]
    shut = fields.form(typed("li-text"), entry(p="a", more=["x", "y"]))
    assert ([one.handle for one in shut.fields], shut.fixed) == (["p"], {"more": ["x", "y"]})
    assert fields.form(None, entry(p="a")).fixed == {"p": "a"}


def test_the_title_is_the_files_name_where_there_is_none() -> None:
    form = fields.form(media_types.built_in()["image"], entry())
    assert form.fields[0].text == "Its file's name"
    form.take(sent(form))
    assert form.changed() == []
