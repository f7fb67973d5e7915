"""The one interface of storage, and the way to it from a setting."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from wirephoto import errors, model
from wirephoto.pipeline import leftover
from wirephoto.pipeline.storage import bucket, keys, listed, local

Missing = keys.Missing

_SETTING = "WIREPHOTO_STORAGE_URL"
_FOLDER = "storage"
_FORMS = "file:///folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix"


class Store(Protocol):
    """Where pictures lie, by key. Belongs to one event loop; closed by who opened it."""

    async def put_all(
        self, items: Sequence[tuple[str, model.Body, str]]
    ) -> list[errors.StorageFailed | None]:
        """Put the pictures of a chunk: (key, body, MIME type).

        Each is wholly visible under its key or not at all, and none hinders another. Repeating a
        put is harmless. A body in a file stays its owner's.

        Returns:
            For each picture None, once a power cut cannot take it any more, or why it failed:
            always transient, and without any path of this machine.

        Raises:
            ValueError: a key that is none.
        """
        ...

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from ``start`` to before ``end``, in parts; beyond the object there are none.

        Raises:
            Missing: at once; there is no such object.
            errors.StorageFailed: at once, or while the parts are taken.
        """
        ...

    async def head(self, key: str) -> int | None:
        """The size in bytes, None where there is no such object.

        Raises:
            errors.StorageFailed: storage could not say.
        """
        ...

    def listing(self) -> AsyncIterator[Sequence[listed.Listed]]:
        """All that lies there, a page at a time, by the bytes of the keys; what is of our own too.

        What comes or goes meanwhile may be in it or not. Some servers keep no order.

        Raises:
            Missing: there is no storage yet, or no longer.
            errors.StorageFailed: storage could not say.
        """
        ...

    async def delete(self, key: str) -> None:
        """Remove the object, if it is there.

        Raises:
            errors.StorageFailed: storage could not.
        """
        ...

    async def sweep(self, rule: leftover.Rule) -> int:
        """Remove what killed writers left, as ``rule`` tells; how many it was.

        Raises:
            errors.StorageFailed: storage could not.
        """
        ...

    async def check(self) -> None:
        """Write, read back and delete something, for real.

        Raises:
            errors.OperatorError: one line: what failed, and what to look at.
        """
        ...

    async def try_out(self, size: int) -> None:
        """As ``check``, for the program: whether a picture of ``size`` bytes could be kept now.

        Raises:
            errors.StorageFailed: transient; it could not.
        """
        ...

    async def close(self) -> None:
        """Wait for what is under way."""
        ...

    @property
    def location(self) -> str:
        """For people; holds no secret."""
        ...


def open_store(url: str | None, data_dir: Path) -> Store:
    """The store of ``WIREPHOTO_STORAGE_URL``; None: a folder in ``data_dir``. Touches nothing yet.

    Raises:
        errors.SettingError: no such URL, or the environment lacks what its provider needs.
    """
    root = folder(url, data_dir)
    if root is not None:
        return local.LocalStore(root)
    try:
        return bucket.BucketStore(str(url))
    except ValueError as refused:
        raise errors.SettingError(_SETTING, str(refused)) from None


def folder(url: str | None, data_dir: Path) -> Path | None:
    """The folder that this storage is; None: it is a bucket.

    Raises:
        errors.SettingError: no such URL.
    """
    if url is None:
        return data_dir / _FOLDER
    parts = _split(url)
    return _folder(parts) if parts.scheme == "file" else None


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise errors.SettingError(_SETTING, f"must be {_FORMS}") from None
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise errors.SettingError(
            _SETTING, "must hold no credentials, query or fragment; those have variables"
        )
    if parts.scheme not in {"file", "s3", "gs", "az"} or (parts.scheme != "file") != bool(
        parts.netloc
    ):
        raise errors.SettingError(_SETTING, f"must be {_FORMS}")
    return parts


def _folder(parts: SplitResult) -> Path:
    path = Path(unquote(parts.path))
    if not path.is_absolute() or "\0" in str(path) or path == Path("/"):
        raise errors.SettingError(_SETTING, "must name a folder from the root: file:///folder")
    return path
