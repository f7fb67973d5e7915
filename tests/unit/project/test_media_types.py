"""Metadata as a whole against a media type, and how an image finds its media type."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirephoto import errors
from wirephoto.project import media_types, plugins

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def _media_type(*properties: media_types.Property) -> media_types.MediaType:
    by_handle = {one.handle: one for one in properties}
    return media_types.MediaType("image", "mediaImage", by_handle)


def _refused(media_type: media_types.MediaType, metadata: Any, **kwargs: Any) -> str:
    with pytest.raises(errors.InvalidMetadata) as refused:
        media_type.check(metadata, **kwargs)
    return refused.value.reason


CAPTION = media_types.Property("caption", "li-text", options=plugins.Options(max_length=5))
SOURCE = media_types.Property("source", "li-text", required=True)
TITLE = media_types.Property("title", "li-text", required=True, required_message="Title, please")
CLOSED = _media_type(CAPTION, SOURCE)


def test_metadata_within_its_rules_comes_back_as_it_was() -> None:
    assert CLOSED.check({"caption": "a", "source": "b"}) == {"caption": "a", "source": "b"}


def test_a_rule_that_is_broken_is_named_with_its_property() -> None:
    reason = _refused(CLOSED, {"source": "x", "caption": "abcdef"})
    assert reason == "caption: must be at most 5 characters (it has 6)"


def test_null_is_left_out() -> None:
    assert CLOSED.check({"caption": None, "source": "b"}) == {"source": "b"}


def test_an_unknown_property_is_refused_with_those_there_are() -> None:
    reason = _refused(CLOSED, {"source": "x", "captoin": "a"})
    assert reason == '"captoin": no such property in media type image; it has: caption, source'


def test_an_unknown_property_of_null_is_absent_too() -> None:
    assert CLOSED.check({"source": "x", "other": None}) == {"source": "x"}


def test_the_built_in_media_type_takes_further_metadata_as_it_is() -> None:
    built_in = media_types.built_in()["image"]
    assert list(built_in.properties) == ["title", "caption", "source", "description"]
    further = {"title": "a", "any": {"deep": [1, None]}, "gone": None}
    assert built_in.check(further) == {"title": "a", "any": {"deep": [1, None]}}
    assert _refused(built_in, {"caption": 5}) == "caption: must be a text (it is 5)"


@pytest.mark.parametrize("value", ["missing", None, "", "  \n"])
def test_a_required_property_needs_content(value: str | None) -> None:
    metadata = {} if value == "missing" else {"source": value}
    assert _refused(CLOSED, metadata) == "source: is required"


def test_the_reason_is_the_required_error_message_where_there_is_one() -> None:
    assert _refused(_media_type(TITLE), {}) == "Title, please"


def test_required_can_wait_until_embedded_values_have_filled_in() -> None:
    checked = CLOSED.check({"caption": "a"}, required=False)
    with pytest.raises(errors.InvalidMetadata, match="source: is required"):
        CLOSED.check_required(checked)
    CLOSED.check_required(checked | {"source": "embedded"})


def test_the_entry_title_meets_a_required_title() -> None:
    media_type = _media_type(TITLE)
    assert media_type.check({}, title="cat.jpg") == {}
    assert _refused(media_type, {}, title="") == "Title, please"


def test_the_entry_title_meets_no_other_required_property() -> None:
    assert _refused(CLOSED, {}, title="cat.jpg") == "source: is required"


@pytest.mark.parametrize(("plugin", "value"), [("li-boolean", False), ("li-integer", 0)])
def test_false_and_zero_are_content(plugin: str, value: Any) -> None:
    assert _media_type(media_types.Property("p", plugin, required=True)).check({"p": value})


@pytest.mark.parametrize("plugin", ["li-string-list", "li-numeric-list"])
def test_an_empty_list_is_no_content(plugin: str) -> None:
    one = media_types.Property("p", plugin, required=True)
    assert _refused(_media_type(one), {"p": []}) == "p: is required"


@pytest.mark.parametrize("metadata", [None, [], "x", 5])
def test_metadata_that_is_no_object_is_refused(metadata: Any) -> None:
    assert _refused(CLOSED, metadata) == "metadata: must be an object"


def test_one_property_can_be_checked_by_itself() -> None:
    assert CLOSED.check_property("caption", "a") == "a"
    assert CLOSED.check_property("caption", None) is None
    with pytest.raises(errors.InvalidMetadata, match="no such property"):
        CLOSED.check_property("other", "a")


@given(st.dictionaries(st.sampled_from([*plugins.PLUGINS, "other"]) | st.text(), JSON_VALUES))
def test_any_metadata_is_taken_or_is_invalid_metadata(metadata: dict[str, Any]) -> None:
    media_type = _media_type(
        *(media_types.Property(name, name, required=True) for name in [*plugins.PLUGINS, "other"])
    )
    for required in (True, False):
        with contextlib.suppress(errors.InvalidMetadata):
            media_type.check(metadata, required=required)


VIDEO = media_types.MediaType("video", "mediaVideo", {})
SOME = {"image": CLOSED, "video": VIDEO}


def test_an_image_without_media_type_has_the_one_called_image() -> None:
    assert media_types.find(SOME, None) is CLOSED


@pytest.mark.parametrize(
    ("handle", "reason"),
    [
        ("graphic", 'no media type "graphic" in this project; it has: image, video'),
        ("", 'no media type "" in this project; it has: image, video'),
        ("video", 'media type "video" is a mediaVideo and takes no images'),
    ],
)
def test_an_unknown_media_type_fails_the_image(handle: str, reason: str) -> None:
    with pytest.raises(errors.UnknownMediaType) as refused:
        media_types.find(SOME, handle)
    assert refused.value.reason == reason
