"""Pictures built by hand, byte by byte: what encoders do not write, but the web holds."""

import struct
import zlib

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
EXIF_MARK = b"Exif\0\0"


def exif(orientation: int, *, order: str = "<", kind: int = 3, before: int = 0) -> bytes:
    """A TIFF block with IFD0 that holds ``before`` other entries and then the orientation."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = [struct.pack(order + "HHII", 1, 4, 1, 7)] * before
    value = struct.pack(order + ("HH" if kind == 3 else "I"), *([orientation, 0][: 5 - kind]))
    entries.append(struct.pack(order + "HHI", 0x0112, kind, 1) + value)
    count = struct.pack(order + "H", len(entries))
    return mark + struct.pack(order + "I", 8) + count + b"".join(entries) + bytes(4)


def segment(marker: int, content: bytes) -> bytes:
    """One JPEG segment with its length."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def frame(
    width: int,
    height: int,
    *,
    marker: int = 0xC0,
    components: tuple[int, ...] = (1,),
    precision: int = 8,
) -> bytes:
    """A JPEG frame header."""
    listed = b"".join(bytes((number, 0x11, 0)) for number in components)
    return segment(marker, struct.pack(">BHHB", precision, height, width, len(components)) + listed)


def scan(entropy: bytes = b"\x12\x34\xff\x00\x56", *, components: tuple[int, ...] = (1,)) -> bytes:
    """A JPEG scan header and entropy-coded data (of no meaning)."""
    listed = b"".join(bytes((number, 0)) for number in components)
    return segment(0xDA, bytes((len(components),)) + listed + b"\0\x3f\0") + entropy


def jpeg(*segments: bytes, end: bytes = b"\xff\xd9") -> bytes:
    """SOI, the segments, and an end."""
    return b"\xff\xd8" + b"".join(segments) + end


def chunk(name: bytes, content: bytes = b"") -> bytes:
    """One PNG chunk with its checksum."""
    tail = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + tail


def header(
    width: int, height: int, *, depth: int = 8, colour: int = 0, rest: bytes = bytes(3)
) -> bytes:
    """The IHDR chunk."""
    return chunk(b"IHDR", struct.pack(">IIBB", width, height, depth, colour) + rest)


def png(width: int, height: int, *chunks: bytes, after: tuple[bytes, ...] = ()) -> bytes:
    """A black greyscale PNG with more chunks before and after its data."""
    data = chunk(b"IDAT", zlib.compress((b"\0" * (width + 1)) * height))
    parts = (header(width, height), *chunks, data, *after, chunk(b"IEND"))
    return PNG_SIGNATURE + b"".join(parts)


def apng(width: int, height: int, *, frames: int, announced: int | None = None) -> bytes:
    """An animated PNG whose frames are all alike."""
    pixels = zlib.compress((b"\0" * (width + 1)) * height)
    control = struct.pack(">IIIIHHBB", width, height, 0, 0, 1, 10, 0, 0)
    more = [
        part
        for number in range(1, frames)
        for part in (
            chunk(b"fcTL", struct.pack(">I", 2 * number - 1) + control),
            chunk(b"fdAT", struct.pack(">I", 2 * number) + pixels),
        )
    ]
    start = chunk(b"acTL", struct.pack(">II", frames if announced is None else announced, 0))
    return png(width, height, start, chunk(b"fcTL", bytes(4) + control), after=tuple(more))


GIF_DATA = b"\x02\x02\x4c\x01\x00"  # code size 2, one sub-block of two bytes, its end


def gif_image(
    width: int, height: int, *, left: int = 0, top: int = 0, data: bytes = GIF_DATA
) -> bytes:
    """A GIF image descriptor and its data."""
    return struct.pack("<BHHHHB", 0x2C, left, top, width, height, 0) + data


def gif(width: int, height: int, *blocks: bytes, end: bytes = b"\x3b") -> bytes:
    """A GIF of the blocks, with a colour table of two."""
    table = bytes(6)
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", width, height, 0x80, 0, 0)
        + table
        + b"".join(blocks)
        + end
    )


def riff_chunk(name: bytes, content: bytes) -> bytes:
    """One RIFF chunk, padded to even."""
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) & 1)


def webp(*chunks: bytes) -> bytes:
    """A WebP of the chunks."""
    content = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def vp8(width: int, height: int) -> bytes:
    """A VP8 chunk that is whole by its structure."""
    return riff_chunk(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + bytes(8))


def vp8x(width: int, height: int, flags: int = 0) -> bytes:
    """The header chunk of an extended WebP; of an animation the chunk that begins it, too."""
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    begun = riff_chunk(b"ANIM", bytes(6)) if flags & 2 else b""
    return riff_chunk(b"VP8X", bytes((flags, 0, 0, 0)) + sides) + begun


def anmf(width: int, height: int) -> bytes:
    """One animation frame of a WebP."""
    return riff_chunk(b"ANMF", bytes(16) + vp8(width, height))


def box(name: bytes, *contents: bytes) -> bytes:
    """One ISO box."""
    content = b"".join(contents)
    return struct.pack(">I", len(content) + 8) + name + content


def avif(
    width: int,
    height: int,
    *properties: bytes,
    brands: bytes = b"avifmif1",
    payload: bytes = b"\x12\0\x0a\x0b",
) -> bytes:
    """An AVIF still: one item, its ``ispe`` and more properties; the data is of no meaning."""
    kind = box(b"ftyp", brands[:4], bytes(4), brands)
    listed = [box(b"ispe", struct.pack(">III", 0, width, height)), *properties]
    links = bytes((len(listed), *range(1, len(listed) + 1)))
    parts = [
        box(b"hdlr", bytes(8), b"pict", bytes(13)),
        box(b"pitm", struct.pack(">IH", 0, 1)),
        box(b"iprp", box(b"ipco", *listed), box(b"ipma", struct.pack(">IIH", 0, 1, 1), links)),
    ]
    place = len(kind) + 12 + sum(map(len, parts)) + 30 + 8
    table = struct.pack(">IHHHHHII", 0, 0x4400, 1, 1, 0, 1, place, len(payload))
    return kind + box(b"meta", bytes(4), *parts, box(b"iloc", table)) + box(b"mdat", payload)


def trak(width: int, height: int, sizes: tuple[int, ...], *, handler: bytes = b"pict") -> bytes:
    """A track whose samples have these sizes."""
    samples = struct.pack(f">III{len(sizes)}I", 0, 0, len(sizes), *sizes)
    media = box(b"minf", box(b"stbl", box(b"stsz", samples)))
    head = bytes(76) + struct.pack(">II", width << 16, height << 16)
    return box(
        b"trak", box(b"tkhd", head), box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(13)), media)
    )


def avis(*traks: bytes, media: int) -> bytes:
    """An AVIF sequence of the tracks, without a still, and so many bytes of media."""
    kind = box(b"ftyp", b"avis", bytes(4), b"avisavif")
    return kind + box(b"moov", *traks) + box(b"mdat", bytes(media))


def directory(entries: dict[int, tuple[int, int, int]], following: int = 0) -> bytes:
    """A little-endian TIFF directory: tag to type, count, and value or place."""
    listed = b"".join(struct.pack("<HHII", tag, *entry) for tag, entry in sorted(entries.items()))
    return struct.pack("<H", len(entries)) + listed + struct.pack("<I", following)


def tiff(
    width: int,
    height: int,
    *,
    orientation: int = 1,
    following: int = 0,
    more: dict[int, tuple[int, int, int]] | None = None,
) -> bytes:
    """A grey TIFF of one strip, its directory at 8 and its data at the end."""
    entries = {
        256: (4, 1, width),
        257: (4, 1, height),
        258: (3, 1, 8),
        274: (3, 1, orientation),
        278: (4, 1, height),
        279: (4, 1, width * height),
    }
    entries |= more or {}
    entries[273] = (4, 1, 8 + 2 + 12 * (len(entries) + 1) + 4)
    return b"II*\0\x08\0\0\0" + directory(entries, following) + bytes(width * height)


def svg_open(**attributes: str) -> str:
    """The start tag of an SVG root; ``view_box`` stands for viewBox."""
    given = {"viewBox" if name == "view_box" else name: text for name, text in attributes.items()}
    listed = "".join(f' {name}="{text}"' for name, text in given.items())
    return f'<svg xmlns="http://www.w3.org/2000/svg"{listed}>'


SVG_OPEN = svg_open(width="10", height="20")


def svg(inside: str = "<rect/>", *, before: str = "", opening: str = SVG_OPEN) -> bytes:
    """An SVG document in UTF-8."""
    return f"{before}{opening}{inside}</svg>".encode()
