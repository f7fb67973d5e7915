"""No bytes whatever get more out of the check than a batch or a named refusal."""

import json
import re
import typing
from typing import Any

import hypothesis
import msgspec
from hypothesis import strategies

from wirephoto import errors, model
from wirephoto.net import addresses
from wirephoto.pipeline.accept import batch, faults

LIMITS = batch.Limits(images=3, context_bytes=100, rule=addresses.Rule())

ANY_TEXT = strategies.text(strategies.characters(codec=None, exclude_categories=()), max_size=8)
SCALARS = (
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.floats()
    | strategies.just("<huge>")
    | ANY_TEXT
)
JSON = strategies.recursive(
    SCALARS,
    lambda inner: (
        strategies.lists(inner, max_size=3) | strategies.dictionaries(ANY_TEXT, inner, max_size=3)
    ),
    max_leaves=8,
)


def _mostly(right: strategies.SearchStrategy[Any]) -> strategies.SearchStrategy[Any]:
    """Nearly requests get further than noise."""
    return right | right | right | JSON


METADATA = _mostly(strategies.dictionaries(ANY_TEXT, JSON, max_size=3))
URLS = strategies.sampled_from(["http://e.example/", "https://[::1]/", "ftp://x/"]) | ANY_TEXT
IMAGES = strategies.fixed_dictionaries(
    {
        "url": _mostly(URLS),
        "id": _mostly(ANY_TEXT),
        "fileName": _mostly(ANY_TEXT),
        "metadata": METADATA,
    },
    optional={
        "mediaType": _mostly(ANY_TEXT),
        "checksum": _mostly(ANY_TEXT),
        "sha256": _mostly(strategies.just("Ab" * 32) | ANY_TEXT),
    },
)
WAYS = strategies.sampled_from([*typing.get_args(model.Update), "Always"])
REQUESTS = strategies.fixed_dictionaries(
    {"systemName": _mostly(ANY_TEXT), "images": _mostly(strategies.lists(IMAGES, max_size=4))},
    optional={"webhook": _mostly(URLS), "context": METADATA, "update": _mostly(WAYS)},
)


def judge(body: bytes) -> batch.Batch | None:
    """The batch, or None for a refusal that can be answered."""
    try:
        return batch.read(body, LIMITS)
    except (errors.InvalidRequest, errors.BodyTooLarge) as refused:
        details = refused.details
    assert 1 <= len(details) <= faults.MOST
    msgspec.json.encode(details)  # no surrogate got into the answer
    return None


@hypothesis.settings(max_examples=300)
@hypothesis.given(REQUESTS | JSON)
def test_any_json_is_a_batch_or_a_refusal_whose_faults_are_named(document: Any) -> None:
    read = judge(_encode(document))
    if read is not None:
        assert 1 <= len(read.images) <= LIMITS.images
        stored = [read.system_name, read.context or ""]
        stored += [text for image in read.images for text in (image.url, image.id, image.fileName)]
        stored += [image.checksum or "" for image in read.images]
        stored += [msgspec.json.encode(image.metadata).decode() for image in read.images]
        assert "\0" not in "".join(stored)
        "".join(stored).encode()
        assert read.update in typing.get_args(model.Update)
        for image in read.images:
            assert image.sha256 is None or re.fullmatch("[0-9A-Fa-f]{64}", image.sha256)


def _encode(document: Any) -> bytes:
    """As clients do it; an integer too large for Python's own writing is put in by hand."""
    return json.dumps(document).replace('"<huge>"', "1" + "0" * 4500).encode()


@hypothesis.settings(max_examples=300)
@hypothesis.given(strategies.binary(max_size=200))
def test_any_bytes_are_a_batch_or_a_refusal(body: bytes) -> None:
    judge(body)


@hypothesis.settings(max_examples=200)
@hypothesis.given(REQUESTS, strategies.data())
def test_a_request_with_a_byte_changed_is_a_batch_or_a_refusal(
    document: Any, data: strategies.DataObject
) -> None:
    body = bytearray(_encode(document))
    body[data.draw(strategies.integers(0, len(body) - 1))] = data.draw(strategies.integers(0, 255))
    judge(bytes(body))
