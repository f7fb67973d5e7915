"""SVG made safe by svg-hush, and proven to be a drawing still."""

import re
from xml.parsers import expat

import py_svg_hush

from wirephoto import errors
from wirephoto.pipeline.inspection import svg

_RASTER = {"image": ["png", "jpeg", "jpg", "gif", "webp", "avif"]}  # data URLs that are kept
_MAX_ROUNDS = 3
# svg-hush makes what pointed elsewhere point to the same place here: /logo.png, url(/a.svg#b). Such
# a request would go to whoever shows the drawing. What it writes is regular: no bare < > in a tag.
# Each passes over what it looks at once.
_TAG = re.compile(rb"<[A-Za-z][^>]*+>")
_OUTSIDE_LINK = re.compile(rb'\s(?:[\w-]{1,100}+:)?(?:href|src)="(?!\s*+(?:#|data:image/))[^"]*+"')
_QUOTE = rb"(?:\"|'|&quot;|&apos;)"
_OUTSIDE_URL = re.compile(
    rb"url\(\s*+" + _QUOTE + rb"?+(?!\s*+(?:#|data:image/))[^)]*+\)?", re.IGNORECASE
)
_STYLE = re.compile(rb"(<style\b[^>]*+(?<!/)>)([^<]*+)")
_ADDRESS = re.compile(rb"""(?<![\w+.-])[A-Za-z][\w+.-]{0,20}+://[^\s'")};<&]*+""")
_REFERENCE = re.compile(rb"&([A-Za-z_:][\w:.-]*+);")
_DECLARED = re.compile(rb"<!ENTITY\s++([A-Za-z_:][\w:.-]*+)")
_LINKS = frozenset({"href", "src"})
_BARE_ROOT = re.compile(rb"(<\?xml[^>]*\?>\s*<svg)(?=[\s/>])(?![^>]*\sxmlns=)")


def clean(drawing: svg.Drawing) -> bytes:
    """The drawing without scripts, event handlers, foreign markup and outside references.

    A reference stays if it leads to a part of the drawing itself. Pictures embedded as data URLs
    stay if they are raster images. Cleaning what is clean changes nothing: svg-hush is run until
    that is so, as what it drops last can leave something (white space, as far as is known) that it
    would drop at a second look.

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
        raise _refusal(text) from error
    # The prefix of <svg:svg> is dropped together with its declaration.
    named = _BARE_ROOT.sub(rb'\1 xmlns="%s"' % svg.NAMESPACE.encode(), cleaned, count=1)
    return _STYLE.sub(_local_style, _TAG.sub(_local_tag, named))


def _refusal(text: bytes) -> errors.PictureError:
    """Expat passes an entity that an outside DTD might declare; svg-hush and browsers do not."""
    declared = {b"amp", b"lt", b"gt", b"quot", b"apos", *_DECLARED.findall(text)}
    if set(_REFERENCE.findall(text)) - declared:
        return errors.NotAnImage("an SVG that uses an entity it does not declare")
    return errors.UnsafeSvg("an SVG that cannot be made safe")


def _local_tag(tag: re.Match[bytes]) -> bytes:
    return _OUTSIDE_URL.sub(b"url(#)", _OUTSIDE_LINK.sub(b"", tag[0]))


def _local_style(style: re.Match[bytes]) -> bytes:
    return style[1] + _ADDRESS.sub(b"", _OUTSIDE_URL.sub(b"url(#)", style[2]))


def _check(cleaned: bytes) -> None:
    parser = expat.ParserCreate("utf-8", " ")
    parser.StartElementHandler = _only_svg
    try:
        svg.parse(parser, cleaned)
    except (errors.Truncated, errors.NotAnImage) as error:
        raise errors.UnsafeSvg("an SVG that does not stay well-formed when made safe") from error


def _only_svg(name: str, attributes: dict[str, str]) -> None:
    """A default namespace that is not SVG would turn cleaned elements into other ones."""
    if not name.startswith(svg.NAMESPACE + " "):
        raise errors.UnsafeSvg("an SVG that mixes namespaces in a way that cannot be made safe")
    for key, text in attributes.items():
        is_link = key.rpartition(" ")[2] in _LINKS
        if is_link and not text.lstrip().startswith(("#", "data:image/")):
            raise errors.UnsafeSvg("an SVG with a reference that cannot be taken out")
