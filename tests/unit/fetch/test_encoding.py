"""Content codings: whole, in pieces, cut, wrong and hostile."""

import contextlib
import itertools
from collections.abc import Iterable

import hypothesis
import pytest
from hypothesis import strategies as st

from tests.origins import bodies
from wirephoto import errors
from wirephoto.pipeline.fetch import encoding

CODINGS = ["gzip", "deflate", "deflate-raw", "br"]
LABELS = ["gzip", "x-gzip", "deflate", "br"]
EMPTY_MEMBER = bodies.encode("gzip", b"")


def decoder(label: str) -> encoding.Decoder:
    found = encoding.decoder_for([label])
    assert found is not None
    return found


def decoded(label: str, parts: Iterable[bytes]) -> bytes:
    stream = decoder(label.removesuffix("-raw"))
    whole = b"".join(piece for part in parts for piece in stream.feed(part))
    stream.close()
    return whole


def split(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges) if end > start]


@pytest.mark.parametrize("coding", CODINGS)
@hypothesis.given(data=st.binary(max_size=2000), cuts=st.lists(st.integers(0, 5000), max_size=8))
def test_any_bytes_come_back_however_they_are_split(
    coding: str, data: bytes, cuts: list[int]
) -> None:
    assert decoded(coding, split(bodies.encode(coding, data), cuts)) == data


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("near", [-1, 0, 1])
@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_output_that_ends_beside_a_piece_comes_back_whole(
    coding: str, near: int, pieces: int
) -> None:
    data = b"a" * (encoding.PIECE_BYTES * pieces + near)
    body = bodies.encode(coding, data)

    assert decoded(coding, [body]) == data
    assert decoded(coding, [body[i : i + 1] for i in range(len(body))]) == data


@pytest.mark.parametrize("coding", CODINGS)
@hypothesis.given(data=st.binary(max_size=500), cut=st.integers(0, 10_000))
def test_a_body_cut_anywhere_is_truncated(coding: str, data: bytes, cut: int) -> None:
    body = bodies.encode(coding, data)

    with pytest.raises(errors.Truncated) as failed:
        decoded(coding, [body[: cut % len(body)]])
    assert failed.value.transient


@pytest.mark.parametrize("label", LABELS)
@hypothesis.given(garbage=st.lists(st.binary(max_size=300), max_size=5))
def test_garbage_fails_as_unsupported_or_truncated_and_as_nothing_else(
    label: str, garbage: list[bytes]
) -> None:
    with contextlib.suppress(errors.UnsupportedEncoding, errors.Truncated):
        decoded(label, garbage)


@pytest.mark.parametrize("coding", CODINGS)
@hypothesis.given(
    data=st.binary(min_size=1, max_size=500),
    at=st.integers(0, 10_000),
    byte=st.integers(0, 255),
)
def test_a_damaged_body_never_raises_anything_foreign(
    coding: str, data: bytes, at: int, byte: int
) -> None:
    body = bytearray(bodies.encode(coding, data))
    body[at % len(body)] = byte
    with contextlib.suppress(errors.UnsupportedEncoding, errors.Truncated):
        decoded(coding, [bytes(body)])


@pytest.mark.parametrize("coding", CODINGS)
def test_a_bomb_is_handed_out_in_small_pieces(coding: str) -> None:
    body = bodies.encode(coding, b"\0" * 5_000_000)
    sizes = [len(piece) for piece in decoder(coding.removesuffix("-raw")).feed(body)]

    assert sum(sizes) == 5_000_000
    assert max(sizes) <= 2 * encoding.PIECE_BYTES


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("apart", [False, True])
def test_what_follows_the_end_is_refused(coding: str, apart: bool) -> None:
    body, rest = bodies.encode(coding, b"picture"), b"and more"
    with pytest.raises(errors.UnsupportedEncoding):
        decoded(coding, [body, rest] if apart else [body + rest])


def test_gzip_members_in_a_row_are_one_body() -> None:
    members = [bodies.encode("gzip", text) for text in (b"one ", b"", b"two")]

    assert decoded("gzip", members) == b"one two"
    assert decoded("gzip", [b"".join(members)]) == b"one two"


def test_a_flood_of_gzip_members_is_refused_after_the_hundredth() -> None:
    assert decoded("gzip", [EMPTY_MEMBER * 100]) == b""
    with pytest.raises(errors.UnsupportedEncoding):
        decoded("gzip", [EMPTY_MEMBER * 101])


def test_an_empty_body_under_a_label_is_truncated() -> None:
    with pytest.raises(errors.Truncated):
        decoded("gzip", [])


@pytest.mark.parametrize(
    "headers", [[], [""], ["identity"], ["Identity"], [" ", "identity, identity"]]
)
def test_a_body_as_it_is_needs_no_decoder(headers: list[str]) -> None:
    assert encoding.decoder_for(headers) is None


@pytest.mark.parametrize("headers", [["GZIP"], [" gzip "], ["gzip", "identity"], ["X-Gzip,"]])
def test_a_label_is_read_whatever_its_case_and_spaces(headers: list[str]) -> None:
    assert encoding.decoder_for(headers) is not None


@pytest.mark.parametrize(
    "headers", [["gzip, gzip"], ["gzip", "br"], ["zstd"], ["compress"], ["utf-8"], ["gzip;q=1"]]
)
def test_several_codings_and_unknown_ones_are_refused(headers: list[str]) -> None:
    with pytest.raises(errors.UnsupportedEncoding) as failed:
        encoding.decoder_for(headers)
    assert not failed.value.transient


@pytest.mark.parametrize("headers", [["gzip, chunked"], ["gzip"], ["chunked", "GZIP"]])
def test_a_body_that_is_coded_for_its_transfer_is_refused(headers: list[str]) -> None:
    with pytest.raises(errors.UnsupportedEncoding, match="transfer encoding"):
        encoding.check_transfer(headers)


def test_a_body_in_chunks_is_taken() -> None:
    for headers in ([], ["chunked"], ["identity, Chunked"]):
        encoding.check_transfer(headers)


def test_a_refusal_repeats_no_word_of_the_origin_but_known_names() -> None:
    with pytest.raises(errors.UnsupportedEncoding, match="zstd"):
        encoding.decoder_for(["zstd"])
    with pytest.raises(errors.UnsupportedEncoding) as failed:
        encoding.decoder_for(["<script>"])
    assert "script" not in str(failed.value)
