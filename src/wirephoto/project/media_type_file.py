"""Media types from and to the ``mediaTypes`` of a project file.

``parse`` and ``dump`` are inverse as far as we heed the file: what is not about metadata (sources,
dashboards, access keys) is neither kept nor written.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from wirephoto.project import media_types, node, plugins, wording

_COMMON_OPTIONS = ("required", "requiredErrorMessage", "index")
_LIST_PROVIDER = "labelValuePair"
_COUNTS = {"minLength": "min_length", "maxLength": "max_length", "maxItems": "max_items"}
_BOUNDS = {"minValue": "min_value", "maxValue": "max_value"}
_PAIRS = (("minLength", "maxLength"), ("minValue", "maxValue"))

KnowsField = Callable[[str], bool]
_Named = TypeVar("_Named", media_types.MediaType, media_types.Property)


def parse(
    listed: node.Node, *, knows_field: KnowsField | None = None
) -> Mapping[str, media_types.MediaType]:
    """Media types by handle.

    Args:
        listed: the list of a project file.
        knows_field: whether a name is that of an embedded field; None takes any.

    Raises:
        errors.SettingError: file, path and reason of the first fault.
    """
    return _by_handle((one, _media_type(one, knows_field)) for one in listed.items())


def _by_handle(parsed: Iterable[tuple[node.Node, _Named]]) -> Mapping[str, _Named]:
    found: dict[str, _Named] = {}
    for where, one in parsed:
        if one.handle in found:
            raise where.need("handle").fault(f"{wording.shown(one.handle)} is there twice")
        found[one.handle] = one
    return MappingProxyType(found)


def _media_type(where: node.Node, knows_field: KnowsField | None) -> media_types.MediaType:
    handle, kind = where.need("handle").text(), where.need("type").text()
    listed = where.get("metadata")
    properties = _by_handle((one, _property(one)) for one in (listed.items() if listed else []))
    return media_types.MediaType(
        handle=handle,
        type=kind,
        properties=properties,
        exif_mappings=tuple(_exif_mappings(where, properties, knows_field)),
    )


def _exif_mappings(
    where: node.Node,
    properties: Mapping[str, media_types.Property],
    knows_field: KnowsField | None,
) -> Iterable[media_types.ExifMapping]:
    extraction = where.get("exifExtraction")
    mappings = extraction.get("mappings") if extraction else None
    for one in mappings.items() if mappings else []:
        field, target = one.need("field"), one.need("metadataPropertyName")
        if knows_field is not None and not knows_field(field.text()):
            raise field.fault(f"{wording.shown(field.value)} is no IPTC field that we know")
        if target.text() not in properties:
            unknown = f"{wording.shown(target.value)} is no property of this media type"
            raise target.fault(unknown + wording.did_you_mean(target.value, properties))
        yield media_types.ExifMapping(field.text(), target.text())


def _property(where: node.Node) -> media_types.Property:
    handle, plugin = where.need("handle").text(), where.need("type")
    config = where.get("config")
    common = _common(config) if config else {}
    options = _options(plugin.text(), config) if config else plugins.Options()
    return media_types.Property(handle=handle, plugin=plugin.text(), options=options, **common)


def _common(config: node.Node) -> dict[str, Any]:
    required, message, index = (config.get(name) for name in _COMMON_OPTIONS)
    return {
        "required": required is not None and required.boolean(),
        "required_message": message.text() if message else None,
        "index": index is not None and index.boolean(),
    }


def _options(plugin_name: str, config: node.Node) -> plugins.Options:
    plugin = plugins.get(plugin_name)
    given: dict[str, Any] = {}
    for name in plugin.options:
        option = config.get(name)
        if option is None:
            continue
        if name in _COUNTS:
            given[_COUNTS[name]] = option.integer(least=0)
        elif name in _BOUNDS:
            given[_BOUNDS[name]] = option.integer()
        elif name == "allowNewlines":
            given["allow_newlines"] = option.boolean()
        else:
            given["choices"] = _choices(option, plugin.choice_type)
    _check_order(config, given)
    return plugins.Options(**given)


def _check_order(config: node.Node, given: Mapping[str, Any]) -> None:
    names = _COUNTS | _BOUNDS
    for low, high in _PAIRS:
        least, most = given.get(names[low]), given.get(names[high])
        if least is not None and most is not None and least > most:
            raise config.need(low).fault(f"must not be more than {high} ({least} > {most})")


def _choices(
    provider: node.Node, choice_type: type[plugins.Choice]
) -> tuple[plugins.Choice, ...] | None:
    """The values of ``items``; None where the list is a ``dataSource`` of another system."""
    kind, items = provider.get("type"), provider.get("items")
    if items is None and provider.get("dataSource") is not None:
        return None
    if kind is not None and kind.text() != _LIST_PROVIDER:
        raise kind.wrong(f"must be {_LIST_PROVIDER}")
    values = [item.need("value") for item in provider.need("items").items()]
    return tuple(_choice(value, choice_type) for value in values)


def _choice(value: node.Node, choice_type: type[plugins.Choice]) -> plugins.Choice:
    if choice_type is int:
        return value.integer()
    return value.value if value.value == "" else value.text()


def warn_of_slips(listed: node.Node) -> None:
    """Warn of plugins and options that are none of ours but look like it; ``parse`` went well."""
    for one in listed.items():
        properties = one.get("metadata")
        for each in properties.items() if properties else []:
            _warn_of_plugin(each.need("type"), each.get("config"))


def _warn_of_plugin(plugin: node.Node, config: node.Node | None) -> None:
    name = plugin.text()
    if name not in plugins.PLUGINS and (close := wording.closest(name, plugins.PLUGINS)):
        plugin.warn(f"{name} is kept unchecked; did you mean {close}?")
    if name == "li-enum" and (config is None or config.get("dataProvider") is None):
        plugin.warn("li-enum without a dataProvider takes any text")
    known = (*_COMMON_OPTIONS, *plugins.get(name).options)
    for option, where in (config.nodes() if config else {}).items():
        if option not in known and (close := wording.closest(option, known)):
            where.warn(f"is ignored; did you mean {close}?")


def dump(found: Mapping[str, media_types.MediaType]) -> list[dict[str, Any]]:
    """JSON that ``parse`` reads back to equal media types, but for ``open``."""
    return [
        {
            "handle": one.handle,
            "type": one.type,
            "metadata": [_dump_property(each) for each in one.properties.values()],
            "exifExtraction": {
                "mappings": [
                    {"field": each.field, "metadataPropertyName": each.property}
                    for each in one.exif_mappings
                ]
            },
        }
        for one in found.values()
    ]


def _dump_property(one: media_types.Property) -> dict[str, Any]:
    options = one.options
    config: dict[str, Any] = {
        "required": one.required or None,
        "requiredErrorMessage": one.required_message,
        "index": one.index or None,
        "allowNewlines": None if options.allow_newlines else False,
        **{name: getattr(options, field) for name, field in (_COUNTS | _BOUNDS).items()},
    }
    if options.choices is not None:
        items = [{"value": choice} for choice in options.choices]
        config["dataProvider"] = {"type": _LIST_PROVIDER, "items": items}
    given = {name: value for name, value in config.items() if value is not None}
    return {"handle": one.handle, "type": one.plugin, "config": given}
