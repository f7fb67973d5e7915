"""Files made to harm, asked for as renditions: each ends in a picture or one error, soon."""

import itertools
import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults import scale
from tests.files.hostile import floods, metadata, polyglots
from wirephoto import errors, model
from wirephoto.pipeline.decoding import message, pool
from wirephoto.pipeline.inspection import verdict
from wirephoto.renditions import variant

pytestmark = pytest.mark.asyncio(loop_scope="module")
MAX_PIXELS = 200_000_000
FILES = {**floods.cases(), **metadata.cases(), **polyglots.cases()}
ASKED = list(itertools.product(variant.WIDTHS, variant.FORMATS.values()))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def decoders() -> AsyncIterator[pool.Decoders]:
    made = pool.Decoders(pool.RENDERING)
    yield made
    await made.close()


def chosen(name: str) -> list[tuple[int, model.Kind]]:
    """All of them at full size; one, by the file's name, in the short run."""
    return ASKED if scale.FULL else random.Random(name).sample(ASKED, 1)


@pytest.mark.parametrize("name", FILES)
async def test_a_file_made_to_harm_becomes_a_picture_or_one_error(
    decoders: pool.Decoders, name: str
) -> None:
    data = FILES[name].data
    kind = verdict.kind_of(data)
    for (width, to), given in itertools.product(chosen(name), [kind] if kind else model.Kind):
        if given is model.Kind.SVG:
            continue
        job = message.Render(given, MAX_PIXELS, width, None, "contain", to, 80)
        try:
            answer, body = await decoders.render(job, data)
        except (errors.NotAnImage, errors.Truncated, errors.TooManyPixels, errors.TooLarge):
            pass
        else:
            assert answer.width <= width
            assert len(body) < 3 * 4 * answer.width * answer.height + 1000
