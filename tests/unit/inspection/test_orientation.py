import pytest

from tests.files import builders, samples
from tests.unit.inspection import judged

UPRIGHT, ON_ITS_SIDE = (7, 5), (5, 7)


def _jpeg(block: bytes) -> bytes:
    app1 = builders.segment(0xE1, builders.EXIF_MARK + block)
    return builders.jpeg(app1, builders.frame(7, 5), builders.scan())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "tiff", "avif"])
def test_the_size_is_that_of_the_turned_picture(name: str, orientation: int) -> None:
    data = samples.turned(name, orientation)
    expected = (61, 43) if orientation < 5 else (43, 61)
    assert judged.size(data) == samples.shown_by_libvips(data) == expected


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [3, 4])
def test_both_byte_orders_and_both_integer_types_are_read(order: str, kind: int) -> None:
    assert judged.size(_jpeg(builders.exif(6, order=order, kind=kind, before=40))) == ON_ITS_SIDE


@pytest.mark.parametrize("orientation", [0, 9, 255, 65535])
def test_values_that_do_not_exist_are_ignored(orientation: int) -> None:
    assert judged.size(_jpeg(builders.exif(orientation))) == UPRIGHT


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"II*\0",
        b"XX*\0" + builders.exif(6)[4:],
        b"II*\0\xff\xff\xff\xff" + builders.exif(6)[8:],
        b"II*\0\x08\0\0\0\xff\xff" + bytes(50),
        builders.exif(6)[:-8],
        builders.exif(6, before=1000),
        builders.exif(6, kind=3).replace(b"\x12\x01\x03\x00", b"\x12\x01\x02\x00"),
    ],
)
def test_a_broken_block_never_fails_a_picture(block: bytes) -> None:
    assert judged.size(_jpeg(block)) == UPRIGHT


def test_the_first_of_two_blocks_counts() -> None:
    blocks = [builders.segment(0xE1, builders.EXIF_MARK + builders.exif(value)) for value in (6, 1)]
    data = builders.jpeg(*blocks, builders.frame(7, 5), builders.scan())
    assert judged.size(data) == ON_ITS_SIDE


@pytest.mark.parametrize("mark", [b"", builders.EXIF_MARK])
def test_png_and_webp_take_it_with_and_without_the_mark(mark: bytes) -> None:
    block = mark + builders.exif(8)
    exif_chunk = builders.chunk(b"eXIf", block)
    webp = builders.webp(
        builders.vp8x(7, 5), builders.vp8(7, 5), builders.riff_chunk(b"EXIF", block)
    )
    assert judged.size(builders.png(7, 5, exif_chunk)) == ON_ITS_SIDE
    assert judged.size(builders.png(7, 5, after=(exif_chunk,))) == ON_ITS_SIDE
    assert judged.size(webp) == ON_ITS_SIDE


@pytest.mark.parametrize(("turn", "expected"), [(0, UPRIGHT), (1, ON_ITS_SIDE), (2, UPRIGHT)])
def test_avif_is_turned_by_irot_alone(turn: int, expected: tuple[int, int]) -> None:
    data = builders.avif(7, 5, builders.box(b"irot", bytes((turn,))), builders.box(b"imir", b"\0"))
    assert judged.size(data) == expected
