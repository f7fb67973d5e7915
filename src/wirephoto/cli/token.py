"""``wirephoto token``: create, list and revoke the tokens of the API."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

import rich.box
import rich.console
import rich.markup
import rich.table
import typer

from wirephoto import errors, settings, wiring
from wirephoto.cli import database, options
from wirephoto.db import embedded, pool
from wirephoto.db import tokens as rows
from wirephoto.project import tokens

app = typer.Typer(help="Create, list and revoke the tokens of the API.", no_args_is_help=True)
_Answer = TypeVar("_Answer")
_WIDTH = 1000


def _with_database(
    given: settings.Settings, act: Callable[[pool.Pool], Awaitable[_Answer]]
) -> _Answer:
    async def run(url: str) -> _Answer:
        async with pool.opened(url, most=2, application="wirephoto token") as opened:
            return await act(opened)

    with database.opened(given, embedded.Holder.COMMAND) as url:
        return asyncio.run(run(url))


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the token is for; shown in lists.")],
    scope: Annotated[
        list[str],
        typer.Option(help=f"Repeatable: {', '.join(sorted(tokens.SCOPES))}."),
    ],
    project: Annotated[str, typer.Option(help="Handle of the project.")] = "default",
    days: Annotated[
        int | None, typer.Option(help="Days until it expires; absent: never.", min=1, max=36500)
    ] = None,
    data_dir: options.DataDir = None,
) -> None:
    """Create a token and print it, this once, as the only line on standard output."""
    unknown = sorted(set(scope) - tokens.SCOPES)
    if unknown:
        raise errors.OperatorError(
            f"--scope: there is no scope {unknown[0]!r}; "
            f"there are {', '.join(sorted(tokens.SCOPES))}"
        )
    given = settings.load(data_dir=data_dir)
    minted = tokens.mint()
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None

    async def act(opened: pool.Pool) -> int | None:
        await wiring.register_projects(given, opened)
        async with opened.connection() as connection:
            return await rows.insert(
                connection,
                project=project,
                name=name,
                digest=tokens.digest(minted),
                scopes=sorted(set(scope)),
                expires_at=expires_at,
            )

    if _with_database(given, act) is None:
        raise errors.OperatorError(
            f"--project: there is no project {project!r}; its file would be "
            f"{wiring.projects_folder(given) / f'{project}.json'}"
        )
    sys.stdout.write(f"{minted}\n")


@app.command("list")
def list_(data_dir: options.DataDir = None) -> None:
    """List the tokens: what they may do, when they were used, which are ended."""

    async def act(opened: pool.Pool) -> list[rows.Listed]:
        async with opened.connection() as connection:
            return await rows.listed(connection)

    table = _table("id", "name", "project", "scopes", "created", "last used", "state")
    for token in _with_database(settings.load(data_dir=data_dir), act):
        table.add_row(
            str(token.id),
            rich.markup.escape(token.name),
            token.project,
            " ".join(token.scopes),
            _shown(token.created_at),
            _shown(token.last_used_at),
            _state(token),
        )
    rich.console.Console(width=_WIDTH).print(table)


def _table(*names: str) -> rich.table.Table:
    """A row a line, also where it is wide: it may be searched through a pipe."""
    table = rich.table.Table(box=rich.box.SIMPLE)
    for name in names:
        table.add_column(name, no_wrap=True)
    return table


def _shown(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M}" if instant else "never"


def _state(token: rows.Listed) -> str:
    if token.revoked_at:
        return f"revoked {_shown(token.revoked_at)}"
    if token.expires_at and token.expires_at <= datetime.now(UTC):
        return f"expired {_shown(token.expires_at)}"
    return f"until {_shown(token.expires_at)}" if token.expires_at else "in force"


@app.command()
def revoke(
    which: Annotated[str, typer.Argument(help="The id or the name.")],
    data_dir: options.DataDir = None,
) -> None:
    """End a token at once, by its id or its name."""

    async def act(opened: pool.Pool) -> list[tuple[int, str]]:
        async with opened.connection() as connection:
            return await rows.revoke(connection, which)

    revoked = _with_database(settings.load(data_dir=data_dir), act)
    if not revoked:
        raise errors.OperatorError(
            f"there is no token {which!r} in force; see `wirephoto token list`"
        )
    for number, name in revoked:
        sys.stdout.write(f"revoked {number} {name}\n")
