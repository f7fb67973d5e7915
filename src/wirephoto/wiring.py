"""Settings to services: the only place that builds them. Each stage gets its own small section."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

import procrastinate
import structlog

from wirephoto import errors, settings
from wirephoto.db import pool, projects, workers
from wirephoto.db import presence as presences
from wirephoto.net import addresses, urls
from wirephoto.net import session as sessions
from wirephoto.pipeline import queue
from wirephoto.pipeline.accept import batch, once
from wirephoto.pipeline.fetch import download, pace
from wirephoto.pipeline.inspection import limits as inspection
from wirephoto.pipeline.inspection.apart import pool as apart
from wirephoto.pipeline.steps import bring, circuit
from wirephoto.pipeline.steps import chunk as steps
from wirephoto.pipeline.storage import store
from wirephoto.pipeline.webhook import delivery
from wirephoto.project import config, own_settings

RELEASE = metadata.version("wirephoto")
log = structlog.get_logger(__name__)
_WORKER_POOL = 9  # database connections of a worker process, beside its two listeners
_API_POOL = 16
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
    gate: once.Gate = field(default_factory=once.Gate)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Worker:
    """What one worker process works with."""

    id: int
    presence: presences.Presence
    database: pool.Pool
    app: procrastinate.App
    pace: pace.Pace
    imports: steps.Services
    webhooks: delivery.Services
    temporary: Path


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


def load_projects(given: settings.Settings) -> config.Folder:
    """Project files as they are now; ``WIREPHOTO_PROJECTS`` names a folder that must be there."""
    return config.read_folder(projects_folder(given), must_exist=given.projects is not None)


def open_store(given: settings.Settings) -> store.Store:
    return store.open_store(given.storage_url, given.data_dir)


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


def limits(given: settings.Settings) -> bring.Limits:
    """What one image may take."""
    fetching = download.Limits(
        max_bytes=given.max_bytes,
        timeout=given.fetch_timeout,
        min_rate=given.fetch_min_rate,
        tmp_dir=temporary_folder(given),
    )
    inspecting = inspection.Limits(kinds=own_settings.DEFAULT_KINDS, max_pixels=given.max_pixels)
    return bring.Limits(fetching, inspecting, given.fetch_tries, given.park_minutes * 60)


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
                application="wirephoto worker",
                idle_seconds=_WORKER_IDLE_SECONDS,
            )
        )
        app = await queue.open_app(database)
        presence = await stack.enter_async_context(
            _registered(database, place)
        )  # goes after what is open
        session = _session(given, stack, sessions.DEFAULT_LIMITS)
        # Their own threads for names, and no connection that a receiver may have closed meanwhile.
        calls = _session(given, stack, sessions.Limits(keepalive=0))
        storage = open_store(given)
        stack.push_async_callback(storage.close)
        keeper = pace.Pace(
            database,
            presence.worker,
            session,
            connection_limit=given.host_connections,
            probe_seconds=given.probe_seconds,
        )
        children = apart.Pool()
        stack.push_async_callback(children.close)
        origins = bring.Origins(session, keeper, limits(given), children)
        secret = given.webhook_secret.get_secret_value() if given.webhook_secret else None
        yield Worker(
            id=presence.worker,
            presence=presence,
            database=database,
            app=app,
            pace=keeper,
            imports=steps.Services(
                database, app, origins, storage, circuit.Circuit(storage, temporary_folder(given))
            ),
            webhooks=delivery.Services(database, presence.worker, calls, secret),
            temporary=temporary_folder(given),
        )


def _session(
    given: settings.Settings, stack: contextlib.AsyncExitStack, limits: sessions.Limits
) -> sessions.Session:
    session = sessions.Session(
        rule(given), user_agent=user_agent(given), connections=1000, limits=limits
    )
    stack.push_async_callback(session.close)
    return session


@contextlib.asynccontextmanager
async def _registered(database: pool.Pool, place: str | None) -> AsyncIterator[presences.Presence]:
    """The worker's row, gone when it ends in order; else left to its successor or the rescue."""
    async with database.connection() as connection:
        if place and (requeued := await workers.take_over(connection, place)):
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
                await workers.unregister(connection, worker_id)
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
        registered = await register_projects(given, database)
        await _set_secrets(given, database)
        yield Api(
            settings=given,
            database=database,
            app=await queue.open_app(database),
            store=storage,
            batch=batch.Limits(given.max_batch, given.max_context_bytes, rule(given)),
            projects=registered,
        )


async def register_projects(given: settings.Settings, database: pool.Pool) -> dict[int, Served]:
    """Make known the projects that the files define, and their media types as they are now."""
    served = {}
    async with database.connection() as connection:
        for handle, project in load_projects(given).projects.items():
            one = await projects.register(connection, handle, config.snapshot(project))
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
