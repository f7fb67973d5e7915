"""SVG read by expat under limits: well-formed, rooted in svg, no entity that grows, not too deep.

Everything that could make svg-hush slow or large is refused here, before it runs.
"""

import math
import re
from typing import NamedTuple
from xml.parsers import expat

from wirephoto import errors, model
from wirephoto.pipeline.inspection import encoding, svg_metadata
from wirephoto.pipeline.inspection import limits as bounds

NAMESPACE = "http://www.w3.org/2000/svg"

_DEFAULT_SIZE = (300.0, 150.0)  # of a replaced element without size (CSS 2.2, 10.3.2)
_PIXELS = {  # CSS Values 4, 6.2; em and ex against the initial font of 16px
    "": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4,
    "q": 96 / 101.6, "em": 16.0, "rem": 16.0, "ex": 8.0,
}  # fmt: skip
_NUMBER = r"[+-]?(?:\d{1,40}\.?\d{0,40}|\.\d{1,40})(?:[eE][+-]?\d{1,4})?"
_LENGTH = re.compile(rf"\s*({_NUMBER})\s*([a-zA-Z]*)\s*", re.ASCII)
_VIEW_BOX = re.compile(
    rf"\s*{_NUMBER}[\s,]+{_NUMBER}[\s,]+({_NUMBER})[\s,]+({_NUMBER})\s*", re.ASCII
)
_LARGEST = 2**31 - 1
_MAX_DECLARATIONS = 100
_MAX_ATTRIBUTES = 1000  # of one element: expat and svg-hush compare each with each
# Possessive, so that each tag is passed over once.
_CROWDED = re.compile(
    rb"<[^\s<>]++(?:\s*+[^\s=<>\"']++\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+')){%d}" % (_MAX_ATTRIBUTES + 1)
)
_MAX_EXPANSION = 1_000_000  # bytes that references to entities may add
_MAX_SCOPES = 5_000_000  # namespaces in scope, over all elements: svg-hush copies them for each
_CUT_SHORT = frozenset(
    {
        expat.errors.codes[text]
        for text in (
            expat.errors.XML_ERROR_NO_ELEMENTS,
            expat.errors.XML_ERROR_UNCLOSED_TOKEN,
            expat.errors.XML_ERROR_PARTIAL_CHAR,
            expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        )
    }
)


class Drawing(NamedTuple):
    """An SVG that may be cleaned: ``text`` is UTF-8 with the SVG namespace on its root.

    ``blocks`` is what it says of itself, which cleaning takes out.
    """

    picture: model.Picture
    text: bytes
    blocks: tuple[model.Block, ...] = ()


def read(data: bytes, limits: bounds.Limits) -> Drawing:
    """Size and completeness.

    Width and height are those of the root in CSS pixels; one that is absent or a percentage
    follows from the other and the viewBox, both from the viewBox, and without one 300 by 150.

    Raises:
        errors.TooLarge, errors.TooManyPixels: over a limit.
        errors.Truncated: it ends early.
        errors.NotAnImage: not well-formed, or its root is not svg.
        errors.UnsafeSvg: too deep, too many elements, or entities that could grow.
    """
    if len(data) > limits.max_svg_bytes:
        raise errors.TooLarge(f"an SVG of more than {limits.max_svg_bytes} bytes")
    text = encoding.to_utf8(data)
    if _CROWDED.search(text):
        raise errors.UnsafeSvg(f"an element of more than {_MAX_ATTRIBUTES} attributes")
    walk = _Walk(text, limits)
    walk.run()
    width, height = _size(walk.root)
    limits.check(width, height)
    picture = model.Picture(model.Kind.SVG, width, height)
    return Drawing(picture, _named(text, walk.bare_root_at), walk.said.blocks(text))


def _named(text: bytes, at: int | None) -> bytes:
    """A root without namespace, which a browser shows inside a page alone, is given it."""
    if at is None:
        return text
    after = at + len(b"<svg")
    return text[:after] + f' xmlns="{NAMESPACE}"'.encode() + text[after:]


class _Walk:
    """The events of one document, judged as they come."""

    def __init__(self, text: bytes, limits: bounds.Limits) -> None:
        self._text, self._limits = text, limits
        self._depth = self._elements = self._indentation = self._declarations = 0
        self._in_scope = self._scopes = 0
        self._references = text.count(b"&")
        self._parser = expat.ParserCreate("utf-8", " ")
        self.root: dict[str, str] = {}
        self.said = svg_metadata.Said()
        self.bare_root_at: int | None = None

    def run(self) -> None:
        parser = self._parser
        parser.specified_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartNamespaceDeclHandler = self._enter_scope
        parser.EndNamespaceDeclHandler = self._leave_scope
        parser.EntityDeclHandler = self._entity
        parser.AttlistDeclHandler = self._declared
        try:
            parse(parser, self._text)
        finally:
            del self._parser, self._text  # a cycle would hold megabytes until it is collected

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._depth:
            self._take_root(name, attributes)
        elif self._depth == 1 and (local := name.rpartition(" ")[2]) in svg_metadata.NAMES:
            self.said.begins(local, self._parser.CurrentByteIndex)
        self._depth += 1
        self._elements += 1
        self._indentation += 4 * self._depth  # of its start tag and its end tag
        self._scopes += self._in_scope
        if self._depth > self._limits.max_svg_depth:
            raise errors.UnsafeSvg(f"nested deeper than {self._limits.max_svg_depth} elements")
        if self._elements > self._limits.max_svg_elements:
            raise errors.UnsafeSvg(f"more than {self._limits.max_svg_elements} elements")
        if self._indentation > self._limits.max_svg_bytes:
            raise errors.UnsafeSvg("nested so that its cleaned form would be too large")
        if self._scopes > _MAX_SCOPES:
            raise errors.UnsafeSvg("declares more namespaces than a drawing needs")

    def _end(self, _name: str) -> None:
        self._depth -= 1
        if self._depth == 1:
            self.said.ends(self._parser.CurrentByteIndex)

    def _enter_scope(self, prefix: str | None, uri: str | None) -> None:
        self._in_scope += 1
        if self._depth == 0:
            self.said.declare(prefix, uri)

    def _leave_scope(self, _prefix: str | None) -> None:
        self._in_scope -= 1

    def _take_root(self, name: str, attributes: dict[str, str]) -> None:
        if name not in {"svg", f"{NAMESPACE} svg"}:
            raise errors.NotAnImage("looks like XML, but its root is not svg")
        self.root = attributes
        if name == "svg":
            self.bare_root_at = self._parser.CurrentByteIndex

    def _declared(self, *_declaration: object) -> None:
        self._declarations += 1
        if self._declarations > _MAX_DECLARATIONS:
            raise errors.UnsafeSvg(f"more than {_MAX_DECLARATIONS} declarations in its DOCTYPE")

    def _entity(
        self,
        _name: str,
        is_parameter: bool,
        value: str | None,
        _base: str | None,
        _system: str | None,
        _public: str | None,
        _notation: str | None,
    ) -> None:
        """Only short plain text, as Illustrator declares its namespaces; nothing that nests."""
        self._declared()
        if is_parameter or value is None:
            raise errors.UnsafeSvg("declares an external or parameter entity")
        if any(mark in value for mark in "&%<"):
            raise errors.UnsafeSvg("declares an entity made of markup or other entities")
        if len(value.encode()) * self._references > _MAX_EXPANSION:
            raise errors.UnsafeSvg("declares an entity that could grow beyond measure")


def parse(parser: expat.XMLParserType, text: bytes) -> None:
    """Run the parser to the end of the text.

    Raises:
        errors.Truncated: the text ends early.
        errors.NotAnImage: it is not well-formed.
    """
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        if error.code in _CUT_SHORT:
            raise errors.Truncated("the SVG ends before its root element does") from error
        problem = expat.errors.messages[error.code]
        raise errors.NotAnImage(
            f"an SVG that is not well-formed XML: {problem} in line {error.lineno}"
        ) from error


def _size(root: dict[str, str]) -> tuple[int, int]:
    box = _view_box(root.get("viewBox", ""))
    width, height = _length(root.get("width", "")), _length(root.get("height", ""))
    if box and width and not height:
        height = width * box[1] / box[0]
    elif box and height and not width:
        width = height * box[0] / box[1]
    default = box if box and not (width or height) else _DEFAULT_SIZE
    return _whole(width or default[0]), _whole(height or default[1])


def _view_box(text: str) -> tuple[float, float] | None:
    found = _VIEW_BOX.fullmatch(text)
    if not found:
        return None
    width, height = float(found[1]), float(found[2])
    return (width, height) if width > 0 and height > 0 else None


def _length(text: str) -> float | None:
    """Pixels of a length; None for a percentage, an unknown unit, nonsense, zero or less."""
    found = _LENGTH.fullmatch(text)
    pixels = float(found[1]) * _PIXELS.get(found[2].lower(), 0) if found else 0.0
    return pixels if pixels > 0 else None


def _whole(pixels: float) -> int:
    return max(1, round(pixels)) if math.isfinite(pixels) and pixels < _LARGEST else _LARGEST
