"""Object storage of a cloud, or of what speaks S3, through obstore.

Credentials and endpoints come from the environment, where obstore finds them under the names that
each cloud gives them; see ``_CURES``. A put in parts that is broken off leaves parts behind that
nobody sees: a lifecycle rule of the bucket removes them.
"""

from __future__ import annotations  # obstore's types are not there at run time

import asyncio
import contextlib
import hashlib
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import obstore
from obstore import exceptions as foreign
from obstore import store as providers

from wirephoto import errors, model
from wirephoto.pipeline import leftover
from wirephoto.pipeline.storage import keys, listed, trial

READ_BYTES = 131_072
"""Bytes of a part that ``read`` yields, at least."""

_PUTS = 16  # at a time, of one process
_FILE_PUTS = 4  # of these; each holds some parts in memory
_ANSWER_SECONDS = 30.0  # for all tries at a request without a large body
_BYTES_A_SECOND = 1_000_000  # that a put from a file may take beyond that
_PART_BYTES = 8_388_608
_PARTS_AT_A_TIME = 2

_RETRY_SECONDS = 12.0
_BACKOFF: providers.BackoffConfig = {
    "init_backoff": timedelta(milliseconds=100),
    "max_backoff": timedelta(seconds=3),
    "base": 2,
}
# The time limit of a request covers its body. A picture is read as slowly as its client takes it:
# for reading, the limits are on the first answer and on each wait for the next bytes instead.
_WRITING: providers.ClientConfig = {"connect_timeout": "5s", "timeout": "15s"}
_READING: providers.ClientConfig = {
    "connect_timeout": "5s",
    "read_timeout": "30s",
    "timeout": "1h",
}

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_STATUS = re.compile(r"status code: (\d{3})")
_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound", "specified bucket does not exist")
_CURES = {
    "s3": "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY",
}
_FOREIGN = (foreign.BaseError, OSError)  # TimeoutError and FileNotFoundError are OSErrors


class BucketStore:
    """See ``store.Store``."""

    def __init__(self, url: str) -> None:
        """Opens no connection.

        Args:
            url: ``s3://bucket/prefix``, ``gs://bucket/prefix``, ``az://container/prefix``.

        Raises:
            ValueError: the URL or what the environment says of the provider cannot be used.
        """
        self._scheme = urlsplit(url).scheme
        self._endpoint = _endpoint() if self._scheme == "s3" else None
        self._location = url.rstrip("/")
        self._written = self._connect(url, _WRITING, _RETRY_SECONDS)
        self._unhashed = self._connect_unhashed(url)
        self._read = self._connect(url, _READING, 3600.0)
        self._puts = asyncio.Semaphore(_PUTS)
        self._file_puts = asyncio.Semaphore(_FILE_PUTS)

    @property
    def location(self) -> str:
        if self._endpoint is None:
            return self._location
        return f"{self._location} at {urlsplit(self._endpoint).netloc.rpartition('@')[2]}"

    async def put_all(
        self, items: Sequence[tuple[str, model.Body, str]]
    ) -> list[errors.StorageFailed | None]:
        for key, _, _ in items:
            if not keys.is_key(key):
                raise ValueError("no key of storage")
        return list(await asyncio.gather(*(self._outcome(*item) for item in items)))

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        if not keys.is_key(key):
            raise keys.Missing(key)
        return await self._open(key, start, end)

    async def head(self, key: str) -> int | None:
        if not keys.is_key(key):
            return None
        with contextlib.suppress(keys.Missing), _translated(key):
            async with asyncio.timeout(_ANSWER_SECONDS):
                return (await obstore.head_async(self._written, key))["size"]
        return None

    def listing(self) -> AsyncIterator[Sequence[listed.Listed]]:
        return self._pages(None)

    async def _pages(self, prefix: str | None) -> AsyncIterator[Sequence[listed.Listed]]:
        pages = aiter(obstore.list(self._written, prefix, chunk_size=listed.PAGE))
        while True:
            with _translated(""):
                async with asyncio.timeout(_ANSWER_SECONDS):
                    page = await anext(pages, None)
            if page is None:
                return
            yield [
                listed.Listed(one["path"], one["size"], one["last_modified"].timestamp())
                for one in page
            ]

    async def delete(self, key: str) -> None:
        if keys.is_key(key):
            with _translated(key):
                await self.delete_reserved(key)

    async def sweep(self, rule: leftover.Rule) -> int:
        """Trials that were broken off; a put is not there before it is whole."""
        old = [
            one.key
            async for page in self._pages(keys.RESERVED)
            for one in page
            if rule.is_left(one.key, one.changed_at)
        ]
        for key in old:
            with _translated(key):
                await self.delete_reserved(key)
        return len(old)

    async def check(self) -> None:
        try:
            await trial.run(self)
        except (*_FOREIGN, keys.Missing, errors.StorageFailed) as failure:
            raise errors.OperatorError(
                f"storage {self.location}: {_text(failure)}; the bucket must be there and let us"
                f" put, get and delete (WIREPHOTO_STORAGE_URL, {_CURES[self._scheme]})"
            ) from None

    async def try_out(self, size: int) -> None:  # noqa: ARG002 - a bucket is never full
        try:
            await trial.run(self)
        except (*_FOREIGN, keys.Missing) as failure:
            raise _failed(failure) from None

    async def close(self) -> None:
        """Connections are obstore's own and idle ones close by themselves."""

    async def put_reserved(self, key: str, body: model.Body) -> None:
        await self._put(key, body, "application/octet-stream")

    async def read_reserved(self, key: str) -> AsyncIterator[bytes]:
        return await self._open(key, 0, None)

    async def delete_reserved(self, key: str) -> None:
        with contextlib.suppress(FileNotFoundError):  # of those that mind
            async with asyncio.timeout(_ANSWER_SECONDS):
                await obstore.delete_async(self._written, key)

    def _connect(
        self,
        url: str,
        options: providers.ClientConfig,
        retry_seconds: float,
        config: providers.S3Config | None = None,
    ) -> providers.ObjectStore:
        plain = (self._endpoint or "").startswith("http://")
        retrying: providers.RetryConfig = {
            "max_retries": 3,
            "retry_timeout": timedelta(seconds=retry_seconds),
            "backoff": _BACKOFF,
        }
        try:
            return providers.from_url(
                url,
                config=config,
                client_options={**options, "allow_http": plain},
                retry_config=retrying,
            )
        except foreign.BaseError as refused:
            raise ValueError(str(refused).partition("\n")[0]) from None

    def _connect_unhashed(self, url: str) -> providers.ObjectStore | None:
        """As ``_written``, but a body is not signed: where nobody can change it on its way."""
        if self._scheme != "s3" or not _is_guarded(self._endpoint):
            return None
        return self._connect(url, _WRITING, _RETRY_SECONDS, {"unsigned_payload": True})

    async def _outcome(
        self, key: str, body: model.Body, mime_type: str
    ) -> errors.StorageFailed | None:
        async with self._puts:
            try:
                await self._put(key, body, mime_type)
            except errors.StorageFailed as failure:
                return failure
            except _FOREIGN as failure:
                return _failed(failure)
        return None

    async def _put(self, key: str, body: model.Body, mime_type: str) -> None:
        attributes: obstore.Attributes = {"Content-Type": mime_type}
        if body.path is not None:
            async with self._file_puts:
                await self._put_file(key, body.path, body.size, attributes)
            return
        data = body.data or b""
        async with asyncio.timeout(_ANSWER_SECONDS):
            if not await self._put_unhashed(key, data, attributes):
                await self._put_hashed(key, data, attributes)

    async def _put_hashed(self, key: str, data: bytes, attributes: obstore.Attributes) -> None:
        put = await obstore.put_async(
            self._written, key, data, attributes=attributes, use_multipart=False
        )
        if not _is_kept(put, data):
            await self._confirm(key, len(data))

    async def _put_unhashed(self, key: str, data: bytes, attributes: obstore.Attributes) -> bool:
        """Whether it is stored, for certain: the MD5 of what the server has is that of ours.

        One digest proves what came, so that of the signature is spared; where the server's ETag is
        none, or it wants the signature, that comes back for good.
        """
        if self._unhashed is None:
            return False
        with contextlib.suppress(foreign.PermissionDeniedError):
            put = await obstore.put_async(
                self._unhashed, key, data, attributes=attributes, use_multipart=False
            )
            if _is_kept(put, data):
                return True
        self._unhashed = None
        return False

    async def _put_file(
        self, key: str, path: Path, size: int, attributes: obstore.Attributes
    ) -> None:
        if not await asyncio.to_thread(_holds, path, size):
            raise errors.StorageFailed("the temporary file is gone or changed", transient=True)
        async with asyncio.timeout(_ANSWER_SECONDS + size / _BYTES_A_SECOND):
            await obstore.put_async(
                self._written,
                key,
                path,
                attributes=attributes,
                chunk_size=_PART_BYTES,
                max_concurrency=_PARTS_AT_A_TIME,
            )
        await self._confirm(key, size)

    async def _confirm(self, key: str, size: int) -> None:
        """See that a put was one: behind a redirect (303) it was a question, and well answered.

        Most S3 say so at once, by the MD5 as ETag. The others have no proxies of anyone's before
        them.
        """
        if self._scheme != "s3":
            return
        async with asyncio.timeout(_ANSWER_SECONDS):
            found = await obstore.head_async(self._written, key)
        if found["size"] != size:
            raise errors.StorageFailed("the storage: it did not keep what was put", transient=True)

    async def _open(self, key: str, start: int, end: int | None) -> AsyncIterator[bytes]:
        """The parts, once the storage has answered: what is missing is known before the first."""
        parts = self._parts(key, start, end)
        await anext(parts)
        return parts

    async def _parts(self, key: str, start: int, end: int | None) -> AsyncGenerator[bytes, None]:
        with _translated(key):
            async with asyncio.timeout(_ANSWER_SECONDS):
                result = await self._get(key, start, end)
        yield b""
        at = result.range[0]
        stream = aiter(result.stream(min_chunk_size=READ_BYTES))
        while end is None or at < end:
            with _translated(key):
                part = await anext(stream, None)
            if part is None:
                return
            wanted = part[max(start - at, 0) : None if end is None else end - at]
            at += len(part)
            if wanted:
                yield bytes(wanted)

    async def _get(self, key: str, start: int, end: int | None) -> obstore.GetResult:
        """From ``start`` where the server knows ranges, else the whole; for the caller to cut.

        Some answer a range with the whole (rclone), all refuse one behind the end.
        """
        if start:
            with contextlib.suppress(foreign.GenericError):
                given: obstore.GetOptions = {
                    "range": {"offset": start} if end is None else (start, end)
                }
                return await obstore.get_async(self._read, key, options=given)
        return await obstore.get_async(self._read, key)


def _holds(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _is_kept(put: obstore.PutResult, data: bytes) -> bool:
    """Whether the ETag is the MD5 of what was put."""
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return (put["e_tag"] or "").strip('"') == digest


def _is_guarded(endpoint: str | None) -> bool:
    """Whether the way there is by TLS, as to the cloud itself, or does not leave this machine."""
    if endpoint is None:
        return True
    parts = urlsplit(endpoint)
    return parts.scheme == "https" or parts.hostname in _LOOPBACK


def _endpoint() -> str | None:
    """Read by obstore too, which keeps to itself what it found."""
    return os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT")


@contextlib.contextmanager
def _translated(key: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as failure:
        if any(word in str(failure) for word in _NO_BUCKET):
            raise _failed(failure) from None
        raise keys.Missing(key) from None
    except _FOREIGN as failure:
        raise _failed(failure) from None


def _failed(failure: Exception) -> errors.StorageFailed:
    return errors.StorageFailed(f"the storage: {_text(failure)}", transient=True)


def _text(failure: Exception) -> str:
    """What went wrong; obstore's own words hold addresses, keys and whole answers."""
    match failure:
        case errors.StorageFailed():
            return failure.reason
        case FileNotFoundError() | keys.Missing():
            return "there is no such bucket, or it lost what was put"
        case foreign.PermissionDeniedError() | foreign.UnauthenticatedError():
            return "our credentials are refused"
        case TimeoutError():
            return "it did not answer in time"
    if "kind: Timeout" in str(failure):  # obstore has no class of its own for it
        return "it did not answer in time"
    status = _STATUS.search(str(failure))
    return f"it answered with HTTP status {status[1]}" if status else "it cannot be reached"
