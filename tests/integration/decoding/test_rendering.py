"""What libvips makes of a picture in its child: seen as its viewers see it, and small."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
import pyvips

from tests.files import builders, samples, shown
from wirephoto import errors, model
from wirephoto.pipeline.decoding import message, pool

K = model.Kind
FORMATS = (K.JPEG, K.PNG, K.WEBP, K.AVIF)
LOADERS = {K.JPEG: "jpegload", K.PNG: "pngload", K.WEBP: "webpload", K.AVIF: "heifload"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def decoders() -> AsyncIterator[pool.Decoders]:
    made = pool.Decoders(replace(pool.RENDERING, children=1))
    yield made
    await made.close()


pytestmark = pytest.mark.asyncio(loop_scope="module")


def job(kind: K, to: K = K.PNG, **changes: Any) -> message.Render:
    given = {"width": 160, "height": None, "fit": "contain", "quality": 80, "max_pixels": 10**8}
    return message.Render(kind=kind, format=to, **(given | changes))


async def rendered(
    decoders: pool.Decoders, data: bytes, kind: K, to: K = K.PNG, **changes: Any
) -> bytes:
    answer, body = await decoders.render(job(kind, to, **changes), data)
    image = shown.decoded(body)
    assert (image.width, image.height) == (answer.width, answer.height)
    assert image.get("vips-loader").startswith(LOADERS[to])
    return body


def size(data: bytes) -> tuple[int, int]:
    image = shown.decoded(data)
    return image.width, image.height


@pytest.mark.parametrize(("orientation", "to"), list(zip(range(1, 9), FORMATS * 2, strict=True)))
async def test_a_picture_is_turned_as_its_viewer_sees_it(
    decoders: pool.Decoders, orientation: int, to: K
) -> None:
    body = await rendered(decoders, shown.turned(orientation), K.JPEG, to)
    assert size(body) == (160, 107)
    assert shown.differences(body) < 12
    fields = shown.decoded(body).get_fields()
    assert "orientation" not in fields or shown.decoded(body).get("orientation") == 1


async def test_of_what_was_embedded_only_whose_it_is_stays(decoders: pool.Decoders) -> None:
    image = shown.decoded(await rendered(decoders, shown.turned(6), K.JPEG, K.JPEG))
    assert "(c) Somebody" in image.get("exif-ifd0-Copyright")
    assert "exif-ifd0-Make" not in image.get_fields()
    bare = await rendered(decoders, bytes(shown.quarters().jpegsave_buffer()), K.JPEG, K.JPEG)
    assert "exif-data" not in shown.decoded(bare).get_fields()


async def test_colours_are_srgb_whatever_the_picture_was_in(decoders: pool.Decoders) -> None:
    plain = shown.quarters()
    wide = plain.icc_transform("p3").jpegsave_buffer(profile="p3")
    deep = (plain * 257).cast("ushort").copy(interpretation="rgb16").pngsave_buffer()
    for data, kind in ((wide, K.JPEG), (deep, K.PNG)):
        body = await rendered(decoders, bytes(data), kind)
        assert shown.differences(body) < 12
        assert "icc-profile-data" not in shown.decoded(body).get_fields()
        assert shown.decoded(body).format == "uchar"


async def test_cmyk_is_seen_as_printed(decoders: pool.Decoders) -> None:
    printed = shown.quarters().icc_transform("cmyk")
    as_seen = printed.icc_transform("srgb", input_profile="cmyk")
    expected = tuple((int(r), int(g), int(b)) for r, g, b in shown.corners(as_seen))
    for options in ({"profile": "cmyk"}, {"keep": "none"}):
        body = await rendered(decoders, bytes(printed.jpegsave_buffer(**options)), K.JPEG)
        assert shown.differences(body, expected) < 12


async def test_what_is_transparent_stays_so_or_is_white(decoders: pool.Decoders) -> None:
    data = bytes(shown.fading().pngsave_buffer())
    for to in (K.PNG, K.WEBP, K.AVIF):
        image = shown.decoded(await rendered(decoders, data, K.PNG, to))
        assert image.hasalpha()
        assert image(0, 0)[3] < 8
    flat = shown.decoded(await rendered(decoders, data, K.PNG, K.JPEG))
    assert flat.bands == 3
    assert min(flat(0, 0)) > 240


@pytest.mark.parametrize("to", FORMATS)
async def test_grey_stays_grey(decoders: pool.Decoders, to: K) -> None:
    grey = shown.quarters().colourspace("b-w")
    deep = (grey * 257).cast("ushort").copy(interpretation="grey16")
    for data in (grey.pngsave_buffer(), deep.pngsave_buffer(), (grey > 128).pngsave_buffer()):
        image = shown.decoded(await rendered(decoders, bytes(data), K.PNG, to))
        assert all(max(one[:3]) - min(one[:3]) < 4 for one in shown.corners(image))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"width": 160}, (160, 107)),
        ({"width": None, "height": 80}, (120, 80)),
        ({"width": 80, "height": 160}, (80, 53)),
        ({"width": 80, "height": 160, "fit": "cover"}, (80, 160)),
        ({"width": 2560}, (600, 400)),
        ({"width": 2560, "height": 2560}, (600, 400)),
        ({"width": 2560, "height": 160, "fit": "cover"}, (600, 160)),
    ],
)
async def test_a_picture_fits_its_box_or_fills_it_and_is_never_made_larger(
    decoders: pool.Decoders, given: dict[str, Any], expected: tuple[int, int]
) -> None:
    data = bytes(shown.quarters().jpegsave_buffer())
    assert size(await rendered(decoders, data, K.JPEG, **given)) == expected


@pytest.mark.parametrize(
    ("width", "height", "expected"), [(2, 2, (2, 2)), (4, 9000, (4, 9000)), (9000, 4, (160, 1))]
)
async def test_the_tiny_and_the_thin_are_no_exception(
    decoders: pool.Decoders, width: int, height: int, expected: tuple[int, int]
) -> None:
    data = bytes(shown.quarters(width, height).pngsave_buffer())
    for to in FORMATS:
        assert size(await rendered(decoders, data, K.PNG, to)) == expected


@pytest.mark.parametrize("name", samples.SAVED_NAMES)
async def test_every_kind_that_is_taken_can_be_made_smaller(
    decoders: pool.Decoders, name: str
) -> None:
    sample = samples.sample(name)
    body = await rendered(decoders, sample.data, sample.picture.kind, K.JPEG, width=16)
    assert size(body)[0] == 16


async def test_what_is_large_enough_for_threads_of_its_decoder_has_them(
    decoders: pool.Decoders,
) -> None:
    data = bytes(shown.quarters(1800, 1200).webpsave_buffer())
    assert shown.differences(await rendered(decoders, data, K.WEBP)) < 12


async def test_a_better_quality_takes_more_bytes(decoders: pool.Decoders) -> None:
    noise = pyvips.Image.gaussnoise(300, 200, mean=128, sigma=30).cast("uchar")
    data = bytes(noise.jpegsave_buffer(Q=95))
    for to in (K.JPEG, K.WEBP, K.AVIF):
        sizes = [
            len(await rendered(decoders, data, K.JPEG, to, quality=quality))
            for quality in (50, 65, 80, 90)
        ]
        assert sizes == sorted(set(sizes))


async def test_too_many_pixels_are_refused_by_the_header(decoders: pool.Decoders) -> None:
    data = bytes(shown.quarters().pngsave_buffer())
    with pytest.raises(errors.TooManyPixels):
        await decoders.render(job(K.PNG, max_pixels=600 * 400 - 1), data)


async def test_bytes_are_read_as_the_kind_they_were_found_to_be(decoders: pool.Decoders) -> None:
    data = bytes(shown.quarters().pngsave_buffer())
    with pytest.raises(errors.NotAnImage):
        await decoders.render(job(K.JPEG), data)


async def test_what_libvips_itself_does_not_trust_is_never_loaded(decoders: pool.Decoders) -> None:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"/>'
    for data in (drawing, b"P6 1 1 255\n\0\0\0", b"#?RADIANCE\n", b"%PDF-1.4"):
        for kind in LOADERS:
            with pytest.raises(errors.NotAnImage):
                await decoders.render(job(kind), data)


async def test_a_picture_that_crashes_its_child_fails_alone() -> None:
    one = pool.Decoders(replace(pool.RENDERING, children=1, memory_bytes=400_000_000))
    try:
        # An interlaced PNG is held whole: 4 bytes a pixel of it are more than there is.
        large = bytes(
            pyvips.Image.black(11_000, 11_000, bands=3).pngsave_buffer(
                interlace=True, compression=1
            )
        )
        with pytest.raises(errors.PictureError):
            await one.render(job(K.PNG, max_pixels=10**9), large)
        data = bytes(shown.quarters().pngsave_buffer())
        found = await asyncio.gather(*(one.render(job(K.PNG), data) for _ in range(3)))
        assert len({body for _, body in found}) == 1
    finally:
        await one.close()


async def test_what_a_png_says_in_latin_1_stops_nobody(decoders: pool.Decoders) -> None:
    words = builders.chunk(b"tEXt", "\u00dcberschrift\0M\u00fcnchen".encode("latin-1"))
    plain = bytes(shown.quarters().pngsave_buffer())
    body = await rendered(decoders, plain[:33] + words + plain[33:], K.PNG)
    assert shown.differences(body) < 12


async def test_what_is_damaged_is_shown_as_far_as_it_goes_but_a_tiff_is_not_shown_black(
    decoders: pool.Decoders,
) -> None:
    grain = shown.quarters() + pyvips.Image.gaussnoise(600, 400, sigma=20, seed=1)
    image = grain.cast("uchar").copy(interpretation="srgb")
    jpeg = bytes(image.jpegsave_buffer())
    await rendered(decoders, jpeg[: len(jpeg) // 2] + b"\xff\xd9", K.JPEG)
    tiff = bytes(image.tiffsave_buffer(compression="lzw"))
    middle = len(tiff) // 2
    with pytest.raises(errors.PictureError):
        await rendered(decoders, tiff[:middle] + b"\xff" * 99 + tiff[middle + 99 :], K.TIFF)
