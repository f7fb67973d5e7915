"""The command line: a file a command."""

import sys

import typer

from wirephoto import errors, observe
from wirephoto.cli import demo, doctor, migrate, serve, token, verify, worker

app = typer.Typer(
    name="wirephoto",
    help="Image import for publishers: post a batch of image URLs, find every picture once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.add_typer(token.app, name="token")
app.command("migrate")(migrate.migrate)
app.command("doctor")(doctor.doctor)
app.command("verify")(verify.verify)
app.command("demo", hidden=True)(demo.demo)


def main() -> None:
    """The program ``wirephoto``: what its user did wrong is one line, exit code 2."""
    observe.clean_traces()
    try:
        app()
    except errors.OperatorError as fault:
        sys.stderr.write(f"wirephoto: {observe.without_secrets(str(fault))}\n")
        sys.exit(2)
