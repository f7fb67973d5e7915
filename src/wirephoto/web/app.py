"""Puts the pages onto the application that answers the API: their routes and their files."""

from importlib import resources
from typing import Any

import fastapi
import fastapi.responses
import fastapi.staticfiles

from wirephoto.web import (
    causes,
    entry,
    job,
    jobs,
    jobs_live,
    library,
    live,
    origins,
    routing,
    sessions,
    signin,
)
from wirephoto.web.bringing import routes as bringing
from wirephoto.web.settings import health, rules, tokens

_FILES_SECONDS = 3600


class _Files(fastapi.staticfiles.StaticFiles):
    """Styles, scripts and the icon; a browser may keep them for an hour."""

    def file_response(self, *args: Any, **kwargs: Any) -> fastapi.Response:
        answer = super().file_response(*args, **kwargs)
        answer.headers["Cache-Control"] = f"public, max-age={_FILES_SECONDS}"
        return answer


def add(app: fastapi.FastAPI, link: signin.Link | None = None) -> None:
    """Add the pages; ``link`` lets in who started the program, once."""
    app.state.link = link
    app.state.health = health.Kept()
    app.state.origins = origins.Origins()
    app.state.causes = causes.Kept()
    app.state.lists = jobs_live.Lists()
    folder = resources.files("wirephoto.web").joinpath("static")
    app.mount("/static", _Files(directory=str(folder)), name="static")
    home = routing.router()
    home.add_api_route("/", _home, methods=["GET"])
    for router in (
        home,
        signin.router,
        jobs.router,
        jobs_live.router,  # before what stands for any job
        job.router,
        live.router,
        library.router,
        entry.router,
        bringing.router,
        health.router,
        rules.router,
        tokens.router,
    ):
        app.include_router(router)


async def _home(_: sessions.Reader) -> fastapi.Response:
    return fastapi.responses.RedirectResponse("/jobs", routing.SEE_OTHER)
