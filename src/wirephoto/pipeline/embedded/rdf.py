"""RDF as XMP writes it (ISO 16684-1, 7) to plain values, whatever shape it was written in.

A value is a text, a list, a structure (a dict by qualified names), or a text in several languages.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from wirephoto.pipeline.embedded import fields, packet, text

_RDF = f"{{{packet.RDF}}}"
_DESCRIPTION, _LI, _VALUE = _RDF + "Description", _RDF + "li", _RDF + "value"
_ARRAYS = frozenset({_RDF + "Bag", _RDF + "Seq"})
_ALT = _RDF + "Alt"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_NOT_PROPERTIES = (
    _RDF,
    "{http://www.w3.org/XML/1998/namespace}",
    "{http://www.w3.org/2000/xmlns/}",
)
_DEEPEST = 64
_URIS = {prefix: uri for uri, prefix in fields.PREFIXES.items()}
# The properties of the table by the names that ElementTree gives them: most of what is found.
_QUALIFIED = {
    f"{{{_URIS[prefix]}}}{local}": f"{prefix}:{local}"
    for prefix, _, local in (one.xmp.partition(":") for one in fields.ALL if one.xmp)
}
Structure = dict[str, Any]


@dataclass(slots=True)
class Languages:
    """A text in languages, in the order of the file; the first is meant where none is named."""

    texts: list[tuple[str, Any]] = field(default_factory=list)

    def plain(self) -> str | None:
        """That of ``x-default``, else the first that says something."""
        said = [(language, one) for language, one in self.texts if isinstance(one, str) and one]
        default = (one for language, one in said if language == "x-default")
        return next(default, said[0][1] if said else None)


def properties(root: Element) -> Structure:
    """The properties of one rdf:RDF; of one that is there twice the first.

    Raises:
        packet.Unreadable: nested too deeply.
    """
    found: Structure = {}
    for description in root:
        for name, value in _members(description, 1):
            found.setdefault(name, value)
    return found


def qualified(name: str) -> str:
    """``prefix:local`` where the namespace is known to us, else the name as ElementTree has it."""
    if name in _QUALIFIED:
        return _QUALIFIED[name]
    uri, _, local = name[1:].partition("}")
    prefix = fields.PREFIXES.get(uri)
    return f"{prefix}:{local}" if prefix else name


def _members(node: Element, depth: int) -> Iterator[tuple[str, Any]]:
    """Attributes first: the common form for simple values."""
    for name, told in node.attrib.items():
        if name[0] == "{" and not name.startswith(_NOT_PROPERTIES):
            yield qualified(name), text.tidy(told)
    for child in node:
        if isinstance(child.tag, str):
            yield qualified(child.tag), _value(child, depth + 1)


def _value(node: Element, depth: int) -> Any:
    if depth > _DEEPEST:
        raise packet.Unreadable(f"nested deeper than {_DEEPEST}")
    if len(node) == 0:
        return _leaf(node, depth)
    if node.get(_RDF + "parseType") == "Resource":
        return _structure(node, depth)
    inner = node[0]
    if inner.tag in _ARRAYS:
        return [_value(item, depth + 1) for item in inner]
    if inner.tag == _ALT:
        items = [(item.get(_LANGUAGE, "").lower(), _value(item, depth + 1)) for item in inner]
        return Languages(items)
    if len(node) == 1:
        return _structure(inner, depth + 1)
    return _structure(node, depth)


def _leaf(node: Element, depth: int) -> Any:
    """A text, a URI as rdf:resource, or a structure whose fields are attributes."""
    resource = node.get(_RDF + "resource")
    if resource is not None:
        return text.tidy(resource)
    told = text.tidy(node.text or "")
    if told or not node.attrib:
        return told
    return _structure(node, depth) if _has_members(node) else told


def _has_members(node: Element) -> bool:
    return _VALUE in node.attrib or any(
        name[0] == "{" and not name.startswith(_NOT_PROPERTIES) for name in node.attrib
    )


def _structure(node: Element, depth: int) -> Any:
    """Its members; of a value with qualifiers (rdf:value) the value alone."""
    if _VALUE in node.attrib:
        return text.tidy(node.attrib[_VALUE])
    value = node.find(_VALUE)
    if value is not None:
        return _value(value, depth + 1)
    if len(node) == 0 and not _has_members(node) and node.text and node.text.strip():
        return text.tidy(node.text)
    found: Structure = {}
    for name, one in _members(node, depth):
        found.setdefault(name, one)
    return found


def plain(value: Any) -> Any:
    """The value as JSON: languages become an object, or one text where there is but one."""
    if isinstance(value, Languages):
        if len(value.texts) == 1 and value.texts[0][0] in {"", "x-default"}:
            return plain(value.texts[0][1])
        return {language or "x-default": plain(one) for language, one in reversed(value.texts)}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return value
