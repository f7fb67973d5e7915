"""What must not reach svg-hush, and what is no SVG at all."""

import pytest

from tests.files import builders
from tests.unit.inspection import judged
from wirephoto import errors

LAUGHS = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))


def _declaring(declarations: str, inside: str = "<text>&a;</text>") -> bytes:
    return builders.svg(inside, before=f"<!DOCTYPE svg [{declarations}]>")


@pytest.mark.parametrize(
    ("case", "data"),
    [
        ("a billion laughs", _declaring(f'<!ENTITY l0 "ha">{LAUGHS}', "<text>&l9;</text>")),
        ("quadratic growth", _declaring(f'<!ENTITY a "{"x" * 50_000}">', "&a;" * 50_000)),
        ("an external entity", _declaring('<!ENTITY a SYSTEM "file:///etc/passwd">')),
        ("an external entity unused", _declaring('<!ENTITY a SYSTEM "http://x/">', "")),
        ("a parameter entity", _declaring("<!ENTITY % a \"<!ENTITY b 'c'>\"> %a;", "")),
        ("markup in an entity", _declaring('<!ENTITY a "<script>">', "")),
        ("hidden markup in an entity", _declaring('<!ENTITY a "&#60;script>">', "")),
        ("entities without end", _declaring("".join(f'<!ENTITY a{n} "">' for n in range(200)), "")),
        (
            "attributes without end",
            _declaring("".join(f'<!ATTLIST g a{n} CDATA "">' for n in range(200)), ""),
        ),
        ("a depth of 257", builders.svg("<g>" * 256 + "</g>" * 256)),
        ("a depth of 100,000", builders.svg("<g>" * 100_000 + "</g>" * 100_000)),
        ("a million elements", builders.svg("<g/>" * 1_000_000)),
        (
            "attributes beyond measure",
            builders.svg("<g" + "".join(f' a{n}=""' for n in range(1001)) + "/>"),
        ),
        ("many elements, deep", builders.svg("<g>" * 254 + "<g/>" * 20_000 + "</g>" * 254)),
        (
            "namespaces for each element",
            builders.svg(
                "<g/>" * 60_000,
                opening=builders.SVG_OPEN[:-1]
                + "".join(f' xmlns:a{n}="u:{n}"' for n in range(200))
                + ">",
            ),
        ),
    ],
)
def test_what_could_grow_is_refused_before_it_is_cleaned(case: str, data: bytes) -> None:
    assert type(judged.error(data)) is errors.UnsafeSvg


@pytest.mark.parametrize(
    "data", [_declaring('<!ENTITY a SYSTEM "http://x/">'), builders.svg("<g>" * 999)]
)
def test_what_is_refused_at_a_look_is_refused_when_cleaned(data: bytes) -> None:
    with pytest.raises(errors.UnsafeSvg):
        judged.cleaned(data)


def test_a_depth_of_256_is_taken() -> None:
    assert judged.cleaned(builders.svg("<g>" * 255 + "</g>" * 255)).count(b"<g") == 255


def test_too_many_bytes_are_refused() -> None:
    data = builders.svg()
    assert judged.picture(data, max_svg_bytes=len(data)) == judged.picture(data)
    assert type(judged.error(data, max_svg_bytes=len(data) - 1)) is errors.TooLarge


@pytest.mark.parametrize(
    ("case", "data"),
    [
        ("a tag that does not match", builders.svg("<g></text>")),
        ("an undeclared entity", builders.svg("<text>&nbsp;</text>")),
        ("an undeclared prefix", builders.svg("<use xlink:href='#a'/>")),
        ("text after the root", builders.svg() + b"text"),
        ("two roots", builders.svg() + builders.svg()),
        ("a NUL", builders.svg("\0")),
        ("another namespace", builders.svg(opening='<svg xmlns="http://example.org/">')),
        ("Latin-1 that says it is UTF-8", builders.svg("é").decode().encode("latin-1")),
        ("UTF-7", builders.svg(before='<?xml version="1.0" encoding="UTF-7"?>')),
        ("an unknown encoding", builders.svg(before='<?xml version="1.0" encoding="x-none"?>')),
    ],
)
def test_what_browsers_do_not_read_is_no_picture(case: str, data: bytes) -> None:
    assert type(judged.error(data)) is errors.NotAnImage


@pytest.mark.parametrize("end", ["<g>", "<g", "<g a='", "<!--", "<![CDATA[", "&am", "text", "<?a"])
def test_what_ends_early_is_cut_off(end: str) -> None:
    data = builders.svg(end).removesuffix(b"</svg>")
    assert type(judged.error(data)) is errors.Truncated


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_a_cut_inside_a_character_is_a_cut(encoding: str) -> None:
    data = builders.svg("<text>\N{GRINNING FACE}").removesuffix(b"</svg>").decode().encode(encoding)
    assert type(judged.error(data[:-1])) is errors.Truncated


def test_an_entity_that_only_an_outside_dtd_could_declare_is_called_so() -> None:
    data = builders.svg('<g style="&st0;"/>', before='<!DOCTYPE svg PUBLIC "a" "b">')
    with pytest.raises(errors.NotAnImage, match="uses an entity it does not declare"):
        judged.cleaned(data)
