"""What a picture looks like in a few bytes, and whether all of it can be decoded."""

from collections.abc import AsyncIterator
from typing import Any

import blurhash
import pytest
import pytest_asyncio
import pyvips

from tests.files import builders, samples, shown
from wirephoto import errors, model
from wirephoto.pipeline.decoding import message, pool

K = model.Kind
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def decoders() -> AsyncIterator[pool.Decoders]:
    made = pool.Decoders(pool.DESCRIBING)
    yield made
    await made.close()


async def described(decoders: pool.Decoders, data: bytes, kind: K) -> message.Described:
    return await decoders.describe(message.Describe(kind, 10**8), bytes(data))


def photo(seed: int) -> Any:
    """Soft shapes and some grain."""
    large = pyvips.Image.perlin(600, 400, cell_size=150, seed=seed) * 110 + 120
    grain = pyvips.Image.gaussnoise(600, 400, sigma=6, seed=seed)
    grey = large + grain
    return grey.bandjoin([grey * 0.8, grey * 0.6]).cast("uchar").copy(interpretation="srgb")


def distance(one: message.Described, other: message.Described) -> int:
    return ((one.hash ^ other.hash) % 2**64).bit_count()


async def test_the_preview_has_the_colours_of_the_picture(decoders: pool.Decoders) -> None:
    for orientation in (1, 6):
        found = await described(decoders, shown.turned(orientation), K.JPEG)
        image = blurhash.decode(found.blurhash, 8, 8)
        pixels = [image[y][x] for y in (1, 6) for x in (1, 6)]
        strongest = [max(range(3), key=pixel.__getitem__) for pixel in pixels[:3]]
        assert strongest == [0, 1, 2]
        assert min(pixels[3]) > 150


async def test_the_colour_is_the_one_of_most_of_the_picture(decoders: pool.Decoders) -> None:
    colour = [30, 60, 200]
    wide = pyvips.Image.black(300, 400, bands=3) + colour
    image = wide.join(pyvips.Image.black(90, 400, bands=3) + 255, "horizontal").cast("uchar")
    data = image.copy(interpretation="srgb").pngsave_buffer()
    assert (await described(decoders, data, K.PNG)).color == "#1e3cc8"


async def test_the_same_picture_in_another_size_or_format_is_near(decoders: pool.Decoders) -> None:
    ours = photo(1)
    first = await described(decoders, ours.pngsave_buffer(), K.PNG)
    others = [
        (ours.jpegsave_buffer(Q=60), K.JPEG),
        (ours.resize(0.3).webpsave_buffer(), K.WEBP),
        (ours.colourspace("b-w").jpegsave_buffer(), K.JPEG),
        ((ours * 1.05).cast("uchar").jpegsave_buffer(), K.JPEG),
    ]
    for data, kind in others:
        assert distance(first, await described(decoders, data, kind)) <= 6
    for seed in range(2, 8):
        other = await described(decoders, photo(seed).jpegsave_buffer(), K.JPEG)
        assert distance(first, other) > 10


@pytest.mark.parametrize("name", samples.SAVED_NAMES)
async def test_every_kind_that_is_taken_can_be_described_and_decoded(
    decoders: pool.Decoders, name: str
) -> None:
    sample = samples.sample(name)
    await described(decoders, sample.data, sample.picture.kind)
    await check(decoders, sample.data, sample.picture.kind)


async def check(decoders: pool.Decoders, data: bytes, kind: K, max_pixels: int = 10**8) -> None:
    body = model.Body(b"", len(data), data=data)
    await decoders.check(model.Inspected(model.Picture(kind, 1, 1), body), max_pixels)


def _damaged(data: bytes, by: bytes) -> bytes:
    """Other bytes in its middle: its structure is whole."""
    middle = len(data) // 2
    return data[:middle] + by + data[middle + len(by) :]


@pytest.mark.parametrize(
    ("kind", "save", "by", "code"),
    [
        (K.JPEG, "jpegsave_buffer", bytes(2000), errors.Truncated),
        (K.PNG, "pngsave_buffer", b"\x55" * 500, errors.NotAnImage),
        (K.GIF, "gifsave_buffer", b"\x55" * 500, errors.NotAnImage),
        (K.WEBP, "webpsave_buffer", b"\x55" * 500, errors.NotAnImage),
        (K.TIFF, "tiffsave_buffer", b"\x55" * 500, errors.NotAnImage),
    ],
)
async def test_what_is_damaged_in_its_middle_does_not_decode(
    decoders: pool.Decoders, kind: K, save: str, by: bytes, code: type[errors.PictureError]
) -> None:
    grain = shown.quarters() + pyvips.Image.gaussnoise(600, 400, sigma=20, seed=1)
    options = {"compression": "deflate"} if kind is K.TIFF else {}
    picture = grain.cast("uchar").copy(interpretation="srgb")
    data = bytes(getattr(picture, save)(**options))
    await check(decoders, data, kind)
    with pytest.raises(code):
        await check(decoders, _damaged(data, by), kind)


async def test_padding_before_the_end_of_a_jpeg_is_no_damage(decoders: pool.Decoders) -> None:
    data = shown.turned(1)
    await check(decoders, data[:-2] + bytes(7) + data[-2:], K.JPEG)


async def test_frames_count_towards_the_pixels(decoders: pool.Decoders) -> None:
    sample = samples.sample("gif animated")
    picture = sample.picture
    every = picture.width * picture.height * picture.frames
    await check(decoders, sample.data, K.GIF, every)
    with pytest.raises(errors.TooManyPixels):
        await check(decoders, sample.data, K.GIF, every - 1)


async def test_a_form_that_no_decoder_here_knows_is_not_called_damaged(
    decoders: pool.Decoders,
) -> None:
    data = builders.tiff(7, 5, more={259: (3, 1, 6)})  # JPEG as TIFF 6.0 had it
    with pytest.raises(errors.UnsupportedType, match="cannot be decoded here"):
        await check(decoders, data, K.TIFF)
