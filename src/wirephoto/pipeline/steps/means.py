"""What images are brought with: the way to their origins, and the limits of one image."""

from dataclasses import dataclass, replace

from wirephoto.net import session as sessions
from wirephoto.pipeline.decoding import pool as decoding
from wirephoto.pipeline.fetch import download, pace
from wirephoto.pipeline.inspection import limits as inspection
from wirephoto.pipeline.inspection.apart import pool as apart
from wirephoto.pipeline.steps import bound, outcomes
from wirephoto.pipeline.storage import store


@dataclass(frozen=True, slots=True)
class Limits:
    """``tries`` at one image; ``wait_seconds`` that images wait for an origin or for storage."""

    fetching: download.Limits
    inspecting: inspection.Limits
    tries: int
    wait_seconds: float


@dataclass(frozen=True, slots=True)
class Origins:
    """The way to the origins of pictures, and to those who look at what came from there.

    ``store``: where pictures lie that their clients sent us.
    """

    session: sessions.Session
    pace: pace.Pace
    limits: Limits
    children: apart.Pool
    decoders: decoding.Decoders
    bound: bound.Bound
    store: store.Store


def narrowed(limits: Limits, work: outcomes.Work) -> Limits:
    """The installation's limits and the project's own: the narrower of each."""
    own = work.rules.limits
    most_bytes = min(limits.fetching.max_bytes, own.max_bytes or limits.fetching.max_bytes)
    most_pixels = min(limits.inspecting.max_pixels, own.max_pixels or limits.inspecting.max_pixels)
    return replace(
        limits,
        fetching=replace(limits.fetching, max_bytes=most_bytes),
        inspecting=replace(limits.inspecting, kinds=own.kinds, max_pixels=most_pixels),
    )
