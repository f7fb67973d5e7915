"""SVG made safe by svg-hush, and proven to be a drawing still."""

import re
from xml.parsers import expat

import py_svg_hush

from wirephoto import errors
from wirephoto.pipeline.inspection import svg

_RASTER = {"image": ["png", "jpeg", "jpg", "gif", "webp", "avif"]}  # data URLs that are kept
_MAX_ROUNDS = 3
_BARE_ROOT = re.compile(rb"(<\?xml[^>]*\?>\s*<svg)(?=[\s/>])(?![^>]*\sxmlns=)")


def clean(drawing: svg.Drawing) -> bytes:
    """The drawing without scripts, event handlers, foreign markup and outside references.

    Pictures embedded as data URLs stay if they are raster images. Cleaning what is clean changes
    nothing: svg-hush is run until that is so, as what it drops last can leave something (white
    space, as far as is known) that it would drop at a second look.

    Raises:
        errors.UnsafeSvg: svg-hush cannot read it, finds something new in what it has cleaned each
            time, or what it wrote is not SVG throughout.
    """
    cleaned = _filtered(drawing.text)
    for _ in range(_MAX_ROUNDS):
        before, cleaned = cleaned, _filtered(cleaned)
        if cleaned == before:
            _check(cleaned)
            return cleaned
    raise errors.UnsafeSvg("an SVG that stays unclean however often it is cleaned")


def _filtered(text: bytes) -> bytes:
    try:
        cleaned = py_svg_hush.filter_svg(text, _RASTER)
    except ValueError as error:
        raise errors.UnsafeSvg("an SVG that cannot be made safe") from error
    # The prefix of <svg:svg> is dropped together with its declaration.
    return _BARE_ROOT.sub(rb'\1 xmlns="%s"' % svg.NAMESPACE.encode(), cleaned, count=1)


def _check(cleaned: bytes) -> None:
    parser = expat.ParserCreate("utf-8", " ")
    parser.StartElementHandler = _only_svg
    try:
        svg.parse(parser, cleaned)
    except (errors.Truncated, errors.NotAnImage) as error:
        raise errors.UnsafeSvg("an SVG that does not stay well-formed when made safe") from error


def _only_svg(name: str, _attributes: dict[str, str]) -> None:
    """A default namespace that is not SVG would turn cleaned elements into other ones."""
    if not name.startswith(svg.NAMESPACE + " "):
        raise errors.UnsafeSvg("an SVG that mixes namespaces in a way that cannot be made safe")
