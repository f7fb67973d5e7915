"""The version in the path: ``v1``, or a date."""

from typing import Annotated

import fastapi

from wirephoto.project import versions


async def _of(  # one that is not async goes to a thread, for each request
    version: Annotated[
        str, fastapi.Path(description="`v1`, or `YYYY-MM` from `2025-03` on.", examples=["v1"])
    ],
) -> versions.Version:
    return versions.resolve(version)


Given = Annotated[versions.Version, fastapi.Depends(_of)]
