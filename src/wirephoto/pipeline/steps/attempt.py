"""One try at one image: the request, or the bytes that were sent to us, and a look at them."""

import asyncio
import time

from wirephoto import errors, model
from wirephoto.metrics import families
from wirephoto.net import urls
from wirephoto.pipeline.decoding import pool as decoding
from wirephoto.pipeline.fetch import download, passage, spool
from wirephoto.pipeline.inspection import limits as inspection
from wirephoto.pipeline.inspection import verdict
from wirephoto.pipeline.inspection.apart import pool as apart
from wirephoto.pipeline.steps import described, known, means, outcomes
from wirephoto.pipeline.storage import store

_GONE = "the upload is gone: its time was over; send the picture again, then retry"


async def attempt(
    work: outcomes.Work,
    wanted: outcomes.Wanted,
    url: urls.Url,
    way: passage.Passage,
    *,
    via: means.Origins,
    limits: means.Limits,
) -> outcomes.Brought:
    """The picture, or that ours is still right.

    Raises:
        errors.PictureError: what is wrong with it, or with its origin for now.
    """
    had = known.validators(wanted.image, work.job.update_policy)
    begun = time.monotonic()
    answer = await download.download(
        via.session, url, limits.fetching, conditional=had or None, way=way.to
    )
    families.FETCH.observe(time.monotonic() - begun)
    if isinstance(answer, model.NotModified):
        return described.unchanged(work, wanted, had)
    families.FETCHED.add(by=answer.body.size)
    return await _look_at(work, wanted, answer.body, answer.validators, via=via, limits=limits)


async def pick_up(
    work: outcomes.Work, wanted: outcomes.Wanted, *, via: means.Origins, limits: means.Limits
) -> outcomes.Brought:
    """The picture that its client sent us; raises as ``attempt``."""
    key = work.uploads.get(wanted.image.url)
    if key is None:
        raise errors.UploadGone(_GONE)
    body = await _read(via.store, key, limits.fetching)
    return await _look_at(work, wanted, body, model.Validators(), via=via, limits=limits)


async def _read(storage: store.Store, key: str, limits: download.Limits) -> model.Body:
    def check(size: int) -> None:
        if size > limits.max_bytes:
            raise errors.TooLarge(f"the picture is larger than {limits.max_bytes} bytes")

    held = spool.Spool(limits.tmp_dir, limits.spool_bytes)
    try:
        return await spool.collect(await storage.read(key), held, check)
    except store.Missing:
        raise errors.UploadGone(_GONE) from None


async def _look_at(
    work: outcomes.Work,
    wanted: outcomes.Wanted,
    body: model.Body,
    validators: model.Validators,
    *,
    via: means.Origins,
    limits: means.Limits,
) -> outcomes.Brought:
    begun, must_be = time.monotonic(), wanted.image.sha256
    decoders = via.decoders if work.rules.limits.verify == "decode" else None
    inspected = await _inspect(body, must_be, limits.inspecting, via.children, decoders)
    families.STAGE.observe(time.monotonic() - begun, "inspect")
    try:
        return await described.brought(work, wanted, inspected, validators, body.sha256)
    except errors.InvalidMetadata:
        await _drop(inspected.body)
        raise


async def _inspect(
    body: model.Body,
    must_be: str | None,
    limits: inspection.Limits,
    children: apart.Pool,
    decoders: decoding.Decoders | None,
) -> model.Inspected:
    """Microseconds for a small raster picture; what is slower leaves the event loop.

    ``decoders``: where the project asks for it, all of a raster picture is decoded as well.
    """
    inspected = None
    try:
        if must_be is not None and must_be != body.sha256.hex():
            raise errors.ChecksumMismatch(
                f"the SHA-256 of the bytes is {body.sha256.hex()}, not {must_be}"
            )
        if verdict.is_cheap(body):
            found = verdict.inspect_body(body, limits)
        else:
            found = await asyncio.to_thread(verdict.inspect_body, body, limits)
        if isinstance(found, bytes):
            found = await children.clean_svg(found, limits)
        elif decoders is not None:
            await decoders.check(found, limits.max_pixels)
        inspected = found
    finally:
        if inspected is None or inspected.body is not body:
            await _drop(body)
    return inspected


async def _drop(body: model.Body) -> None:
    if body.path is not None:
        await asyncio.to_thread(body.path.unlink, missing_ok=True)
