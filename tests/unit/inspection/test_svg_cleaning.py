import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.files import builders
from tests.unit.inspection import judged
from wirephoto import errors

NAMESPACE = "http://www.w3.org/2000/svg"
PIXEL = "data:image/png;base64,iVBORw0KGgo="
DANGER = re.compile(
    rb"script|onload|onclick|foreignobject|iframe|javascript|file:|@import|https?://(?!www\.w3\.org)"
    rb"|data:text|data:image/svg|<!ENTITY|<!DOCTYPE|xml-stylesheet|XInclude",
    re.IGNORECASE,
)
HOSTILE = [
    "<script>alert(1)</script>",
    '<script href="http://evil.example/a.js"/>',
    '<rect onload="alert(1)" onclick="alert(1)"/>',
    "<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>",
    '<a href="javascript:alert(1)"><text>x</text></a>',
    '<a href=" java&#9;script:alert(1)"><text>x</text></a>',
    '<a href="java&#x80;scrïpt:alert(1)"><text>x</text></a>',
    '<rect style="fill:urél(http://evil.example/)"/>',
    '<use href="data:text/html,x"/>',
    '<use href="http://evil.example/a.svg#x"/>',
    '<image href="file:///etc/passwd"/>',
    '<image href="http://evil.example/a.png"/>',
    '<image href="data:image/svg+xml;base64,AAAA"/>',
    '<image xmlns:x="http://www.w3.org/1999/xlink" x:href="http://evil.example/a.png"/>',
    '<style>@import "http://evil.example/a.css"; rect{fill:url(http://evil.example/)}</style>',
    '<rect style="fill:url(\'http://evil.example/\')" fill="url(http://evil.example/#a)"/>',
    '<feImage href="http://evil.example/a.png"/>',
    '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>',
    "<h:script xmlns:h='http://www.w3.org/1999/xhtml'>alert(1)</h:script>",
    "<!-- script -->",
]


@pytest.mark.parametrize("inside", HOSTILE)
def test_nothing_that_runs_or_reaches_out_is_left(inside: str) -> None:
    cleaned = judged.cleaned(builders.svg(inside))
    assert not DANGER.search(cleaned)
    assert ET.fromstring(cleaned).tag == f"{{{NAMESPACE}}}svg"


@pytest.mark.parametrize(
    ("inside", "left"),
    [
        ('<a href="https://example.org/x"><text>a</text></a>', "<a>"),
        ('<image href="http://evil.example/logout"/>', "<image/>"),
        ('<image href="logo.png"/>', "<image/>"),
        ('<use href="/a.svg#b"/>', "<use/>"),
        ('<use href="#b"/>', '<use href="#b"/>'),
        ('<rect fill="url(http://evil.example/a#b)"/>', '<rect fill="url(#)"/>'),
        ('<rect fill="url(#b)"/>', '<rect fill="url(#b)"/>'),
        ("<rect style=\"fill:url('a.svg#b')\"/>", '<rect style="fill:url(#)"/>'),
        ("<style>a{fill:url( '#b' )}</style>", "<style>a{fill:url(#b)}</style>"),
        ("<style>a{fill:url(/x)}</style>", "<style>a{fill:url(#)}</style>"),
        ("<style>@import 'a'; @import url(http://evil.example/a);</style>", "<style>);</style>"),
        (f"<style>a{{b:url({PIXEL}AA//BB)}}</style>", f"<style>a{{b:url({PIXEL}AA//BB)}}</style>"),
        ('<text>url(/a) href="/b"</text>', '<text>url(/a) href="/b"</text>'),
    ],
)
def test_a_reference_stays_if_it_leads_to_the_drawing_itself(inside: str, left: str) -> None:
    assert left.encode() in judged.cleaned(builders.svg(inside))


@pytest.mark.parametrize(
    "before",
    [
        '<?xml-stylesheet href="http://evil.example/a.css"?>',
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">',
    ],
)
def test_nothing_before_the_root_is_left(before: str) -> None:
    assert not DANGER.search(judged.cleaned(builders.svg(before=before)))


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp"])
def test_embedded_raster_pictures_stay(kind: str) -> None:
    link = PIXEL.replace("png", kind)
    assert link.encode() in judged.cleaned(builders.svg(f'<image href="{link}"/>'))


def test_the_entities_of_illustrator_are_resolved() -> None:
    declared = f'<!ENTITY ns_svg "{NAMESPACE}"><!ENTITY st0 "fill:red">'
    data = builders.svg(
        '<rect style="&st0;"/>',
        before=f'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "a" "b" [{declared}]>',
        opening='<svg xmlns="&ns_svg;" width="3" height="4">',
    )
    assert judged.size(data) == (3, 4)
    assert b'<rect style="fill:red"/>' in judged.cleaned(data)


@pytest.mark.parametrize(
    "data",
    [
        b'<svg width="3"><rect/></svg>',
        f'<svg:svg xmlns:svg="{NAMESPACE}" width="3"><svg:rect/></svg:svg>'.encode(),
        f'<svg:svg xmlns:svg="{NAMESPACE}" xmlns="{NAMESPACE}"><rect/></svg:svg>'.encode(),
        b'<?xml version="1.0"?><!-- c -->\n<svg\nwidth="3"><rect/></svg>',
    ],
)
def test_the_cleaned_drawing_has_its_namespace(data: bytes) -> None:
    root = ET.fromstring(judged.cleaned(data))
    assert [element.tag for element in root.iter()] == [
        f"{{{NAMESPACE}}}svg",
        f"{{{NAMESPACE}}}rect",
    ]


def test_elements_cannot_change_their_namespace_by_being_cleaned() -> None:
    data = (
        f'<s:svg xmlns:s="{NAMESPACE}" xmlns="http://www.w3.org/1999/xhtml">'
        "<s:style>x</s:style></s:svg>"
    ).encode()
    with pytest.raises(errors.UnsafeSvg):
        judged.cleaned(data)


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", None),
        ("utf-16", "UTF-16"),
        ("utf-16-le", None),
        ("utf-16-be", None),
        ("utf-32", None),
        ("latin-1", "iso-8859-1"),
        ("cp1252", "windows-1252"),
        ("cp1251", "windows-1251"),
        ("shift_jis", "Shift_JIS"),
        ("gb18030", "GB18030"),
        ("utf-8", "UTF-16"),
    ],
)
def test_every_encoding_comes_out_as_utf_8(encoding: str, declared: str | None) -> None:
    letter = {"cp1251": "ж", "shift_jis": "あ", "gb18030": "中"}.get(encoding, "é")
    before = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else ""
    data = builders.svg(f"<text>{letter}</text>", before=before).decode().encode(encoding)
    assert f"<text>{letter}</text>".encode() in judged.cleaned(data)


@pytest.mark.parametrize(
    "inside", [*HOSTILE, "<text> a <tspan>b</tspan> c </text><title>t</title>"]
)
def test_cleaning_what_is_clean_changes_nothing(inside: str) -> None:
    once = judged.cleaned(builders.svg(inside))
    assert judged.cleaned(once) == once


_NAMES = st.sampled_from(["g", "text", "rect", "a", "style", "use", "image", "script", "title"])
_TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", max_codepoint=0x3FF), max_size=8
)
_ATTRIBUTES = st.dictionaries(
    st.sampled_from(["id", "href", "style", "fill", "onclick", "d", "class"]),
    st.one_of(_TEXTS, st.sampled_from(["javascript:1", "url(#a)", "url(http://x/)", PIXEL])),
    max_size=3,
)


def _element(children: st.SearchStrategy[ET.Element]) -> st.SearchStrategy[ET.Element]:
    return st.builds(_build, _NAMES, _ATTRIBUTES, _TEXTS, st.lists(children, max_size=3))


def _build(name: str, attributes: dict[str, str], text: str, inner: list[ET.Element]) -> ET.Element:
    element = ET.Element(name, attributes)
    element.text = text
    element.extend(inner)
    return element


@settings(max_examples=100)
@given(
    st.recursive(
        st.builds(_build, _NAMES, _ATTRIBUTES, _TEXTS, st.just([])), _element, max_leaves=8
    )
)
def test_any_drawing_is_cleaned_once_or_refused(element: ET.Element) -> None:
    try:
        once = judged.cleaned(builders.svg(ET.tostring(element, "unicode")))
    except errors.PictureError:
        return
    assert judged.cleaned(once) == once
    assert not re.search(
        rb"<script|\sonclick=|href=\"(?!#|data:image/)|style=\"[^\"]*url\([^#]", once
    )
