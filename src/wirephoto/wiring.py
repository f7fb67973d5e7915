"""Settings to services: the only place that builds them. Each stage gets its own small section."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

import procrastinate
import structlog

from wirephoto import errors, settings, tracing
from wirephoto.db import places, pool, projects, search, workers
from wirephoto.db import presence as presences
from wirephoto.metrics import families
from wirephoto.net import addresses, urls
from wirephoto.net import session as sessions
from wirephoto.pipeline import leftover, queue
from wirephoto.pipeline.accept import batch, once
from wirephoto.pipeline.decoding import pool as decoding
from wirephoto.pipeline.embedded import fields
from wirephoto.pipeline.fetch import download, pace, spool
from wirephoto.pipeline.inspection import limits as inspection
from wirephoto.pipeline.inspection.apart import pool as apart
from wirephoto.pipeline.steps import bound, circuit, means
from wirephoto.pipeline.steps import chunk as steps
from wirephoto.pipeline.storage import keys, marking, store
from wirephoto.pipeline.webhook import delivery
from wirephoto.project import config, own_settings
from wirephoto.renditions import describer, making
from wirephoto.retention import removal

RELEASE = metadata.version("wirephoto")
_WORKER_POOL = 10  # database connections of a worker process, beside the queue's two listeners
_API_POOL = 16
_FORGOTTEN_SECONDS = 86_400.0  # since a body on its way was last written to
_WORKER_IDLE_SECONDS = 30  # in a transaction: a worker that stands still keeps its locks no longer

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """A project as its file has it now: its rows, and the rules that its images are held to."""

    project: int
    snapshot: int
    rules: config.ProjectSnapshot


@dataclass(frozen=True, slots=True)
class Api:
    """What the JSON door works with; ``projects`` by their rows' ids.

    ``stopping``: answers that have no end of their own are to end.
    """

    settings: settings.Settings
    database: pool.Pool
    app: procrastinate.App
    store: store.Store
    batch: batch.Limits
    projects: dict[int, Served]
    renditions: making.Maker | None = None
    gate: once.Gate = field(default_factory=once.Gate)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Worker:
    """What one worker process works with; ``history_days`` are kept of entries' changes, 0 all."""

    id: int
    presence: presences.Presence
    database: pool.Pool
    app: procrastinate.App
    pace: pace.Pace
    imports: steps.Services
    webhooks: delivery.Services
    describer: describer.Describer
    temporary: Path
    history_days: int
    periods: removal.Periods
    places: Path


def user_agent(given: settings.Settings) -> str:
    """Names us and how to reach the operator (RFC 9110, 10.1.5), as far as settings tell."""
    contact = given.contact or given.public_url or f"postmaster@{socket.getfqdn()}"
    return f"wirephoto/{RELEASE} (+{contact})"


def rule(given: settings.Settings) -> addresses.Rule:
    """The address guard of this installation."""
    own = urls.parse(given.public_url) if given.public_url else None
    return addresses.Rule(
        allow_networks=given.allow_networks,
        allow_ports=given.allow_ports,
        nat64_prefix=given.nat64_prefix,
        own_origin=(own.host, own.port) if own else None,
        own_listener=(given.host, given.port),
    )


def warn_of_opened_networks(given: settings.Settings) -> None:
    """Say at the start, in the log, what the address guard lets through."""
    if given.allow_networks:
        opened = [str(network) for network in given.allow_networks]
        log.warning("address_guard_opened", setting="WIREPHOTO_ALLOW_NETWORKS", networks=opened)


def projects_folder(given: settings.Settings) -> Path:
    return given.projects or given.data_dir / "projects"


def tracing_as(given: settings.Settings) -> AbstractContextManager[None]:
    """Traces, for as long as a process works."""
    return tracing.sending(wanted=given.traces, images=given.trace_images, release=RELEASE)


def load_projects(given: settings.Settings) -> config.Folder:
    """Project files as they are now; ``WIREPHOTO_PROJECTS`` names a folder that must be there."""
    return config.read_folder(
        projects_folder(given), knows_field=fields.knows, must_exist=given.projects is not None
    )


def open_store(given: settings.Settings) -> store.Store:
    return store.open_store(given.storage_url, given.data_dir)


def folders(given: settings.Settings) -> dict[str, Path]:
    """Where room may run out on this machine: ``data``, and ``storage`` unless it is a bucket."""
    storage = store.folder(given.storage_url, given.data_dir)
    return {"data": given.data_dir} | ({"storage": storage} if storage else {})


def temporary_folder(given: settings.Settings) -> Path:
    """Where bodies lie that are too large for memory, until they are stored."""
    folder = given.data_dir / "tmp"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise errors.OperatorError(
            f"cannot write to {given.data_dir}: {fault.strerror}; choose another with --data-dir"
        ) from None
    return folder


def places_folder(given: settings.Settings) -> Path:
    """Where worker processes show that they live."""
    return given.data_dir / "places"


def limits(given: settings.Settings) -> means.Limits:
    """What one image may take."""
    fetching = download.Limits(
        max_bytes=given.max_bytes,
        timeout=given.fetch_timeout,
        min_rate=given.fetch_min_rate,
        tmp_dir=temporary_folder(given),
    )
    inspecting = inspection.Limits(kinds=own_settings.DEFAULT_KINDS, max_pixels=given.max_pixels)
    return means.Limits(fetching, inspecting, given.fetch_tries, given.park_minutes * 60)


@contextlib.asynccontextmanager
async def worker(
    given: settings.Settings, database_url: str, place: str | None = None
) -> AsyncIterator[Worker]:
    """Services of one worker process, registered while they are open.

    ``place`` is handed on from one process to the next: those who had it before are dead.
    """
    async with contextlib.AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            pool.opened(
                database_url,
                most=_WORKER_POOL,
                application=workers.session_name(socket.gethostname(), os.getpid()),
                idle_seconds=_WORKER_IDLE_SECONDS,
                by_key=True,
            )
        )
        app = await queue.open_app(database)
        presence = await stack.enter_async_context(
            _registered(database, places_folder(given), place)
        )  # goes after what is open
        session = _session(given, stack, sessions.DEFAULT_LIMITS)
        # Their own threads for names, and no connection that a receiver may have closed meanwhile.
        calls = _session(given, stack, sessions.Limits(keepalive=0))
        storage = open_store(given)
        stack.push_async_callback(storage.close)
        await _marked(database, storage)
        keeper = pace.Pace(
            database,
            presence.worker,
            session,
            connection_limit=given.host_connections,
            probe_seconds=given.probe_seconds,
        )
        children = apart.Pool()
        stack.push_async_callback(children.close)
        decoders = decoding.Decoders(decoding.CHECKING)
        stack.push_async_callback(decoders.close)
        stopping = asyncio.Event()
        origins = means.Origins(
            session, keeper, limits(given), children, decoders, bound.Bound(), storage
        )
        secret = given.webhook_secret.get_secret_value() if given.webhook_secret else None
        yield Worker(
            id=presence.worker,
            presence=presence,
            database=database,
            app=app,
            pace=keeper,
            imports=steps.Services(
                database,
                app,
                origins,
                storage,
                circuit.Circuit(storage, temporary_folder(given)),
                stopping,
            ),
            webhooks=delivery.Services(database, presence.worker, calls, secret),
            describer=_describer(given, stack, database, storage, stopping),
            temporary=temporary_folder(given),
            history_days=given.history_days,
            periods=removal.Periods(given.job_days, given.picture_days),
            places=places_folder(given),
        )


async def _marked(database: pool.Pool, storage: store.Store) -> None:
    if wanted := await marking.settle(database, storage):
        log.warning("storage_without_mark", storage=storage.location, file=keys.MARK, wanted=wanted)


def _describer(
    given: settings.Settings,
    stack: contextlib.AsyncExitStack,
    database: pool.Pool,
    storage: store.Store,
    stopping: asyncio.Event,
) -> describer.Describer:
    decoders = decoding.Decoders(decoding.DESCRIBING)
    stack.push_async_callback(decoders.close)
    return describer.Describer(database, storage, decoders, given.max_pixels, stopping)


def _session(
    given: settings.Settings, stack: contextlib.AsyncExitStack, limits: sessions.Limits
) -> sessions.Session:
    session = sessions.Session(
        rule(given), user_agent=user_agent(given), connections=1000, limits=limits
    )
    stack.push_async_callback(session.close)
    return session


@contextlib.asynccontextmanager
async def _registered(
    database: pool.Pool, folder: Path, place: str | None
) -> AsyncIterator[presences.Presence]:
    """The worker's row, gone when it ends in order; else left to its successor or the rescue."""
    async with contextlib.AsyncExitStack() as stack:
        if place and not await stack.enter_async_context(places.held(folder, place)):
            log.warning("place_not_locked", folder=str(folder))
            place = None
        async with database.connection() as connection:
            if place and (requeued := await workers.take_over(connection, place)):
                families.RESCUED.add(by=requeued)
                log.warning("tasks_taken_over", tasks=requeued)
            worker_id = await workers.register(
                connection, host=socket.gethostname(), pid=os.getpid(), release=RELEASE, place=place
            )
        presence = presences.Presence(database, worker_id)
        try:
            yield presence
        finally:
            with contextlib.suppress(*pool.DATABASE_AWAY):
                async with database.connection() as connection:
                    left = await workers.unregister(connection, worker_id)
                if place and left:
                    places.give_up(folder, place)
            await presence.close()


@contextlib.asynccontextmanager
async def api(given: settings.Settings, database_url: str) -> AsyncIterator[Api]:
    """Services of the API; makes the projects known that the files define."""
    async with contextlib.AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            pool.opened(database_url, most=_API_POOL, application="wirephoto api")
        )
        storage = open_store(given)
        stack.push_async_callback(storage.close)
        await _marked(database, storage)
        await spool.sweep(temporary_folder(given), leftover.Aged(_FORGOTTEN_SECONDS))
        registered = await register_projects(given, database)
        await _set_secrets(given, database)
        yield Api(
            settings=given,
            database=database,
            app=await queue.open_app(database),
            store=storage,
            batch=batch.Limits(given.max_batch, given.max_context_bytes, rule(given)),
            projects=registered,
            renditions=_maker(given, stack, database, storage),
        )


def _maker(
    given: settings.Settings,
    stack: contextlib.AsyncExitStack,
    database: pool.Pool,
    storage: store.Store,
) -> making.Maker | None:
    """None: pictures are served as they are stored, and no decoder is ever started."""
    if not given.renditions:
        return None
    decoders = decoding.Decoders(decoding.RENDERING)
    maker = making.Maker(database, storage, decoders, given.max_pixels)
    stack.push_async_callback(maker.close)
    return maker


async def register_projects(given: settings.Settings, database: pool.Pool) -> dict[int, Served]:
    """Make known the projects that the files define, and their media types as they are now."""
    served = {}
    async with database.connection() as connection:
        for handle, project in load_projects(given).projects.items():
            one = await projects.register(connection, handle, config.snapshot(project))
            searchable = {name: kind.searchable for name, kind in project.media_types.items()}
            await search.set_rules(connection, one.project, searchable)
            rules = config.ProjectSnapshot(project.media_types, project.limits)
            served[one.project] = Served(one.project, one.snapshot, rules)
    return served


async def _set_secrets(given: settings.Settings, database: pool.Pool) -> None:
    """Keep the projects' secrets; the API's alone to do, who has the files."""
    async with database.connection() as connection:
        for handle, project in load_projects(given).projects.items():
            await projects.set_secrets(
                connection,
                handle,
                webhook_secret=project.secrets.webhook_secret,
                webhook_headers=project.secrets.webhook_headers,
                webhook_origins=project.secrets.webhook_origins,
            )
