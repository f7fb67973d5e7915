"""Projects as their files define them, and the part of one that travels with a job."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from wirephoto import errors
from wirephoto.project import files, media_type_file, media_types, node, own_settings, wording
from wirephoto.project.own_settings import ProjectLimits, Secrets

__all__ = [
    "Folder",
    "Project",
    "ProjectLimits",
    "ProjectSnapshot",
    "Secrets",
    "load_folder",
    "read_folder",
    "restore",
    "snapshot",
]

DEFAULT = "default"
_OUR_KEYS = ("mediaTypes", "wirephoto")
_SNAPSHOT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Project:
    """A project: what it takes (``media_types``), how much (``limits``), and its ``secrets``."""

    handle: str
    media_types: Mapping[str, media_types.MediaType]
    limits: ProjectLimits
    secrets: Secrets


@dataclass(frozen=True, slots=True)
class ProjectSnapshot:
    """A project's rules as they were when a job was accepted; never secrets."""

    media_types: Mapping[str, media_types.MediaType]
    limits: ProjectLimits


@dataclass(frozen=True, slots=True)
class Folder:
    """``warnings``: one line each, for the log; none of them holds a secret."""

    projects: dict[str, Project]
    warnings: list[str]


def load_folder(
    folder: Path,
    *,
    knows_field: media_type_file.KnowsField | None = None,
    must_exist: bool = False,
) -> dict[str, Project]:
    """The projects of ``read_folder``, without its warnings."""
    return read_folder(folder, knows_field=knows_field, must_exist=must_exist).projects


def read_folder(
    folder: Path,
    *,
    knows_field: media_type_file.KnowsField | None = None,
    must_exist: bool = False,
) -> Folder:
    """Every project of the folder by handle; ``default`` is always among them.

    Args:
        folder: its ``<handle>.json`` are the project files.
        knows_field: whether a name is that of an embedded field; None takes any.
        must_exist: a folder that is not there is an error, not an empty one.

    Raises:
        errors.SettingError: the first fault, its name being file and path in it
            (``news.json: mediaTypes.0.metadata.2.config.maxLength``).
    """
    read = Folder({DEFAULT: _built_in(DEFAULT)}, [])
    for handle, path in files.find(folder, must_exist=must_exist):
        whole = files.read(path)
        project = _project(handle, whole, knows_field)
        if project.secrets and files.is_open_to_others(path):
            whole.warn("holds secrets and every user of this machine can read it (chmod 600)")
        read.projects[handle] = project
        read.warnings.extend(whole.warnings)
    return read


def _built_in(handle: str) -> Project:
    return Project(handle, media_types.built_in(), ProjectLimits(), Secrets())


def _project(
    handle: str, whole: node.Node, knows_field: media_type_file.KnowsField | None
) -> Project:
    _refuse_slips(whole)
    found = _media_types(whole, knows_field)
    limits, secrets = own_settings.parse(whole.get("wirephoto"))
    return Project(handle, found, limits, secrets)


def _refuse_slips(whole: node.Node) -> None:
    """Parts that are not ours are ignored, but ``mediatypes`` would be ignored to great harm."""
    for key, where in whole.nodes().items():
        if key not in _OUR_KEYS and (close := wording.closest(key, _OUR_KEYS)):
            raise where.fault(f"there is no such part; did you mean {close}?")


def _media_types(
    whole: node.Node, knows_field: media_type_file.KnowsField | None
) -> Mapping[str, media_types.MediaType]:
    """Those of the file; where it defines none the built-in one, as Livingdocs has it."""
    listed = whole.get("mediaTypes")
    found = media_type_file.parse(listed, knows_field=knows_field) if listed else {}
    if listed is None or not found:
        return media_types.built_in()
    media_type_file.warn_of_slips(listed)
    try:
        media_types.find(found, None)
    except errors.UnknownMediaType:
        listed.warn(
            f"none is a {media_types.IMAGE_TYPE} with the handle {media_types.DEFAULT_HANDLE}: "
            "an image that names no mediaType will fail"
        )
    return found


def snapshot(project: Project) -> bytes:
    """The project's rules as JSON; equal rules give equal bytes, so that a digest names them."""
    rules = {
        "version": _SNAPSHOT_VERSION,
        "mediaTypes": media_type_file.dump(project.media_types),
        "open": [one.handle for one in project.media_types.values() if one.open],
        "limits": own_settings.dump_limits(project.limits),
    }
    return json.dumps(rules, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def restore(data: bytes) -> ProjectSnapshot:
    """The rules that ``snapshot`` wrote.

    Raises:
        errors.SettingError: they are not of a version that this wirephoto reads.
    """
    whole = node.Node("snapshot", json.loads(data))
    if whole.need("version").value != _SNAPSHOT_VERSION:
        raise whole.need("version").wrong(f"must be {_SNAPSHOT_VERSION}")
    found = dict(media_type_file.parse(whole.need("mediaTypes")))
    for handle in whole.need("open").value:
        found[handle] = dataclasses.replace(found[handle], open=True)
    return ProjectSnapshot(
        media_types=MappingProxyType(found),
        limits=own_settings.parse_limits(whole.need("limits")),
    )
