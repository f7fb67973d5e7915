"""What an answer leaves to ask with the next time: nothing that a change could hide behind."""

import pytest

from wirephoto import model
from wirephoto.pipeline.fetch import answer

NOW = "Tue, 24 Nov 2026 12:00:00 GMT"
OLD = "Tue, 24 Nov 2026 11:59:00 GMT"
YOUNG = "Tue, 24 Nov 2026 11:59:01 GMT"


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({"ETag": '"a"', "Last-Modified": OLD, "Date": NOW}, model.Validators(etag='"a"')),
        ({"ETag": 'W/"a"', "Date": NOW}, model.Validators(etag='W/"a"')),
        ({"Last-Modified": OLD, "Date": NOW}, model.Validators(last_modified=OLD)),
        ({"Last-Modified": YOUNG, "Date": NOW}, model.Validators()),
        ({"Last-Modified": NOW, "Date": NOW}, model.Validators()),
        ({"Last-Modified": NOW, "Date": OLD}, model.Validators()),
        ({"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}, None),
        ({"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT", "Date": "today"}, None),
        ({"Last-Modified": "Fri, 01 Jan 2999 00:00:00 GMT"}, model.Validators()),
        ({"Last-Modified": "yesterday", "Date": NOW}, model.Validators()),
        ({"Last-Modified": "Tue, 99 Nov 2026 11:59:00 GMT", "Date": NOW}, model.Validators()),
        ({"Last-Modified": "Tue, 24 Nov 2026 11:00:00 -0000", "Date": NOW}, None),
    ],
)
def test_a_date_is_kept_only_where_it_is_alone_and_a_minute_old(
    headers: dict[str, str], kept: model.Validators | None
) -> None:
    expected = model.Validators(last_modified=headers["Last-Modified"]) if kept is None else kept
    assert answer.validators(headers) == expected


@pytest.mark.parametrize(
    ("asked", "named", "other"),
    [
        ('"a"', '"a"', False),
        ('"a"', 'W/"a"', False),
        ('W/"a"', '"a"', False),
        ('"a"', '"b"', True),
        ('W/"a"', 'W/"b"', True),
        ('"a"', None, False),
        (None, '"b"', False),
    ],
)
def test_304_is_of_another_version_when_it_names_another(
    asked: str | None, named: str | None, other: bool
) -> None:
    headers = {"ETag": named} if named else {}
    conditions = {"If-None-Match": asked} if asked else {}
    assert answer.is_of_another(headers, conditions) is other
