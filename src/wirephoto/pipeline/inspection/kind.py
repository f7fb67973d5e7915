"""Which kind the bytes are, by their first bytes; and what to call those that are none of ours."""

import re

from wirephoto import errors, model
from wirephoto.pipeline.inspection import limits as bounds
from wirephoto.pipeline.inspection import png

_SNIFF = 64
_SNIFF_MARKUP = 1 << 20  # the root of a drawing may follow a long comment

_STARTS = {
    png.SIGNATURE: model.Kind.PNG,
    b"\xff\xd8\xff": model.Kind.JPEG,
    b"GIF87a": model.Kind.GIF,
    b"GIF89a": model.Kind.GIF,
    b"II*\0": model.Kind.TIFF,
    b"MM\0*": model.Kind.TIFF,
    b"II+\0": model.Kind.TIFF,
    b"MM\0+": model.Kind.TIFF,
}
_OTHER_IMAGES = {
    b"\0\0\1\0": "an icon (ICO)",
    b"\xff\x0a": "a JPEG XL picture",
    b"\0\0\0\x0cJXL \r\n\x87\n": "a JPEG XL picture",
    b"\0\0\0\x0cjP  \r\n\x87\n": "a JPEG 2000 picture",
    b"\xff\x4f\xff\x51": "a JPEG 2000 picture",
    b"II\xbc": "a JPEG XR picture",
    b"8BPS": "a Photoshop document (PSD)",
    b"%PDF-": "a PDF document",
    b"%!PS": "a PostScript document (EPS)",
    b"\xc5\xd0\xd3\xc6": "a PostScript document (EPS)",
    b"\x1f\x8b": "gzip data, perhaps a compressed SVG (svgz)",
    b"\x8aMNG": "an MNG animation",
    b"\x8bJNG": "a JNG picture",
    b"\x76\x2f\x31\x01": "an OpenEXR picture",
    b"#?RADIANCE": "a Radiance picture (HDR)",
    b"gimp xcf": "a GIMP picture (XCF)",
    b"AT&TFORM": "a DjVu document",
    b"FUJIFILMCCD-RAW": "a raw file of a camera",
    b"IIRO": "a raw file of a camera",
    b"IIU\0": "a raw file of a camera",
    b"\xd7\xcd\xc6\x9a": "a Windows metafile",
    b"qoif": "a QOI picture",
    b"DDS ": "a DirectDraw surface",
}
_NOT_IMAGES = {
    b"PK\3\4": "looks like a ZIP archive or an office document",
    b"PK\5\6": "looks like a ZIP archive",
    b"\x1a\x45\xdf\xa3": "looks like a video (WebM or Matroska)",
    b"\x28\xb5\x2f\xfd": "looks like zstd data",
    b"RIFF": "looks like sound or video (RIFF)",
    b"\x89PNG\n\x1a\n": "a PNG damaged by a text conversion of its line ends",
    b"\x89PNG\r\r\n": "a PNG damaged by a text conversion of its line ends",
    b"\x89PNG\r\n\x1a\r": "a PNG damaged by a text conversion of its line ends",
    b"\x89PNG": "a damaged PNG: its signature is broken",
    b"\tPNG\r\n": "a PNG damaged by a transfer of seven bits",
    b"\xef\xbf\xbdPNG": "a PNG damaged by a conversion to UTF-8",
    b"\xc2\x89PNG": "a PNG damaged by a conversion to UTF-8",
    b"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd": "binary data damaged by a conversion to UTF-8",
    b"\xc3\xbf\xc3\x98\xc3\xbf": "a JPEG damaged by a conversion to UTF-8",
}
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
_HTML = re.compile(rb"<(?:!doctype html|html|head|body|title|script|div|p|h1)\b", re.IGNORECASE)
# Possessive, so that a long prologue is passed over once: declaration, comments, DOCTYPE, root.
_ROOT = re.compile(
    rb"(?:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)*+"
    rb"<(?:[A-Za-z_][\w.-]{0,99}:)?([A-Za-z_][\w.-]{0,99})(?=[\s/>])",
    re.DOTALL | re.IGNORECASE,
)
_SPACE = b" \t\r\n"


def kind_of(data: bounds.Data) -> model.Kind | None:
    """The kind the bytes claim to be by how they begin, or None; says nothing of wholeness."""
    head = data[:_SNIFF]
    for start, kind in _STARTS.items():
        if head.startswith(start):
            return None if head[8:10] == b"CR" and kind is model.Kind.TIFF else kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return model.Kind.WEBP
    if head[4:8] == b"ftyp":
        return model.Kind.AVIF if _is_avif(data) else None
    return model.Kind.SVG if _root(data) == b"svg" else None


def refusal(data: bounds.Data) -> errors.PictureError:
    """The error for bytes that ``kind_of`` does not know. Holds nothing of what they say."""
    head = data[:_SNIFF]
    if not head:
        return errors.NotAnImage("is empty")
    if any(start.startswith(head) for start in _STARTS):
        return errors.Truncated("ends within the signature of a picture")
    image = _other_image(data, head)
    if image:
        return errors.UnsupportedType(image)
    return errors.NotAnImage(_not_an_image(data, head))


def _other_image(data: bounds.Data, head: bytes) -> str | None:
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "a Windows bitmap (BMP)"
    if head[:4] == b"\0\0\2\0" and head[4:5] != b"\0" and head[9:10] == b"\0":
        return "a cursor (CUR)"  # and not the beginning of most TGA pictures
    if head[8:10] == b"CR" and head[:2] in {b"II", b"MM"}:
        return "a raw file of a camera"
    if head[4:8] == b"ftyp":
        return _media_image(_brands(data))
    if re.match(rb"P[1-7]\s[\s\d#]", head):
        return "a Netpbm picture (PBM, PGM, PPM)"
    return _named(_OTHER_IMAGES, head)


def _media_image(brands: set[bytes]) -> str | None:
    if b"crx " in brands:
        return "a raw file of a camera"
    return "a HEIC picture" if brands & _HEIC_BRANDS else None


def _not_an_image(data: bounds.Data, head: bytes) -> str:
    known = _named(_NOT_IMAGES, head)
    if known:
        return known
    if head[4:8] == b"ftyp":
        return "looks like a video (MP4 or QuickTime)"
    if data.find(b"\0", 0, 1024) == -1 or _looks_like_utf16(head):
        return _text(data)
    return "is of no known kind of picture"


def _text(data: bounds.Data) -> str:
    text = _markup(data)
    if _root(data) == b"html" or _HTML.search(text, 0, 1024):
        return "looks like an HTML page"
    if text[:1] == b"<":
        return "looks like XML, but not like SVG"
    if text[:1] in {b"{", b"["}:
        return "looks like JSON"
    return "looks like text" if text[:1024].isascii() else "is of no known kind of picture"


def _named(names: dict[bytes, str], head: bytes) -> str | None:
    return next((name for start, name in names.items() if head.startswith(start)), None)


def _brands(data: bounds.Data) -> set[bytes]:
    """Major and compatible brands (ISO/IEC 14496-12, 4.3)."""
    size = min(int.from_bytes(data[:4], "big"), 1024)
    return {data[8:12], *(data[at : at + 4] for at in range(16, size, 4))}


def _is_avif(data: bounds.Data) -> bool:
    return bool(_brands(data) & {b"avif", b"avis"})


def _looks_like_utf16(head: bytes) -> bool:
    return head.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"))


def _markup(data: bounds.Data) -> bytes:
    """The beginning as 8-bit text without mark and leading white space."""
    head = data[:_SNIFF_MARKUP]
    if head.startswith((b"\xff\xfe", b"<\0")):
        head = head.decode("utf-16-le", "replace").encode()
    elif head.startswith((b"\xfe\xff", b"\0<")):
        head = head.decode("utf-16-be", "replace").encode()
    return head.removeprefix(b"\xef\xbb\xbf").lstrip(_SPACE)


def _root(data: bounds.Data) -> bytes | None:
    """Local name of the first element, past declaration, comments and DOCTYPE."""
    if not _may_be_markup(data[:_SNIFF]):
        return None
    found = _ROOT.match(_markup(data))
    return found[1] if found else None


def _may_be_markup(head: bytes) -> bool:
    return _looks_like_utf16(head) or head.removeprefix(b"\xef\xbb\xbf").lstrip(_SPACE)[:1] in {
        b"<",
        b"",
    }
