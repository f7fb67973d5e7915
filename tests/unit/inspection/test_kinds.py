import pytest

from tests.files import builders, samples
from tests.unit.inspection import judged
from wirephoto import errors, model
from wirephoto.pipeline.inspection import verdict

ALWAYS = frozenset({model.Kind.PNG, model.Kind.JPEG, model.Kind.GIF, model.Kind.SVG})


@pytest.mark.parametrize("name", ["webp lossy", "avif", "tiff strips", "tiff big"])
def test_a_kind_is_taken_only_if_the_project_takes_it(name: str) -> None:
    data = samples.sample(name).data
    refused = judged.error(data, kinds=ALWAYS)
    assert type(refused) is errors.UnsupportedType
    assert name.split(maxsplit=1)[0].upper() in refused.reason
    assert judged.picture(data).kind.name == name.split(maxsplit=1)[0].upper()


@pytest.mark.parametrize("name", samples.SAVED_NAMES + samples.BUILT_NAMES)
def test_the_kind_is_known_from_the_first_bytes(name: str) -> None:
    sample = samples.sample(name)
    assert verdict.kind_of(sample.data) is sample.picture.kind


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"BM" + bytes(12) + b"\x28\0\0\0" + bytes(40), "BMP"),
        (b"\0\0\1\0\1\0\x10\x10" + bytes(20), "ICO"),
        (b"\0\0\2\0\1\0\x10\x10" + bytes(20), "CUR"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x14ftypmif1\0\0\0\0mif1", "HEIC"),
        (b"\0\0\0\x14ftypcrx \0\0\0\1crx ", "raw"),
        (b"\xff\x0a\xfa\x1f", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"8BPS\0\1", "PSD"),
        (b"%PDF-1.7\n", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "EPS"),
        (b"\xc5\xd0\xd3\xc6\x1e\0\0\0", "EPS"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "svgz"),
        (b"II*\0\x10\0\0\0CR\2\0", "raw"),
        (b"P6 640 480 255\n", "Netpbm"),
        (b"P5\n# made by hand\n", "Netpbm"),
        (b"qoif\0\0\0\1", "QOI"),
    ],
)
def test_other_kinds_of_picture_are_refused_by_their_name(data: bytes, word: str) -> None:
    refused = judged.error(data)
    assert type(refused) is errors.UnsupportedType
    assert word in refused.reason
    assert verdict.kind_of(data) is None


def test_a_tga_picture_is_not_called_a_cursor() -> None:
    header = b"\0\0\2\0\0\0\0\0\0\0\0\0\x40\0\x30\0\x18\0"
    assert type(judged.error(header + bytes(100))) is errors.NotAnImage


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>No</body></html>", "HTML"),
        (b"\n <HTML><head>", "HTML"),
        (b"<!-- x --><script>alert(1)</script>", "HTML"),
        ("<html>".encode("utf-16"), "HTML"),
        (b"<?xml version='1.0'?><rss><channel/></rss>", "XML"),
        (b"<svgish/>", "XML"),
        (b'{"error": "not found"}', "JSON"),
        (b"404 page not found", "text"),
        (b"PK\3\4\x14\0", "ZIP"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isommp42", "video"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "RIFF"),
        (b"\0" * 100, "no known kind"),
        (b"\x89PNG\n\x1a\n" + bytes(40), "line ends"),
        (b"\x89PNG\r\r\n\x1a\r\n" + bytes(40), "line ends"),
        (b"\xef\xbf\xbdPNG\r\n\x1a\n", "UTF-8"),
        (b"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "UTF-8"),
    ],
)
def test_what_is_no_picture_is_refused_with_what_it_looks_like(data: bytes, word: str) -> None:
    refused = judged.error(data)
    assert type(refused) is errors.NotAnImage
    assert word in refused.reason


def test_a_reason_holds_nothing_of_what_the_bytes_say() -> None:
    texts = [b"<secret-root>hidden</secret-root>", b"secret text", b"<svg><secret></svg>"]
    assert not [text for text in texts if "secret" in judged.error(text).reason]


@pytest.mark.parametrize("start", [b"\x89", b"\x89PNG\r\n", b"\xff", b"\xff\xd8", b"GIF8", b"II*"])
def test_a_cut_within_a_signature_is_a_cut(start: bytes) -> None:
    assert type(judged.error(start)) is errors.Truncated


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (builders.svg(), model.Kind.SVG),
        (b"\xef\xbb\xbf" + builders.svg(), model.Kind.SVG),
        (
            b" \r\n" + builders.svg(before="<?xml version='1.0'?>\n<!-- <html> -->\n"),
            model.Kind.SVG,
        ),
        (builders.svg(before="<!DOCTYPE svg [<!ENTITY a 'b'>]>"), model.Kind.SVG),
        (builders.svg().decode().encode("utf-16"), model.Kind.SVG),
        (builders.svg().decode().encode("utf-16-be"), model.Kind.SVG),
        (b"<s:svg xmlns:s='http://www.w3.org/2000/svg'/>", model.Kind.SVG),
        (b"<html><svg/></html>", None),
        (b"<!-- <svg/>", None),
    ],
)
def test_an_svg_is_known_by_its_root(data: bytes, kind: model.Kind | None) -> None:
    assert verdict.kind_of(data) is kind


def test_a_polyglot_is_the_picture_that_it_begins_as() -> None:
    page = b"GIF89a" + builders.gif(7, 5, builders.gif_image(7, 5))[6:] + b"<script>1</script>"
    archive = samples.sample("jpeg baseline").data + b"PK\3\4"
    assert judged.picture(page).kind is model.Kind.GIF
    assert judged.picture(archive).kind is model.Kind.JPEG
