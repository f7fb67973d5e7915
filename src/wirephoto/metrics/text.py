"""Metrics as Prometheus reads them: its text format, version 0.0.4."""

import itertools
import time
from collections.abc import Iterator, Mapping

from wirephoto.metrics import cells, families, machine

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BEGUN = time.time()

Asked = Mapping[str, float]


def page(
    release: str, found: machine.Found, asked: Asked | None = None, *, asks: bool = True
) -> str:
    """All lines. ``asked`` are the database's columns by name; None: it did not answer.

    ``asks``: whether it is asked here at all.
    """
    return "".join(_lines(release, found, asked, asks=asks))


def _lines(release: str, found: machine.Found, asked: Asked | None, *, asks: bool) -> Iterator[str]:
    for family in families.COUNTED:
        yield from _head(family)
        yield from (
            _histogram(family) if isinstance(family, families.Histogram) else _counter(family)
        )
    yield from _single(families.STARTED, f"{_BEGUN:.3f}")
    yield from _single(families.BUILD, "1", release)
    for gauge in families.FOUND:
        yield from _head(gauge)
        for series in gauge.series:
            if (value := found.get((gauge.name, series))) is not None:
                yield f"{gauge.name}{_labels(gauge.labels, series)} {value:.15g}\n"
    if asks:
        yield from _single(families.UP, "0" if asked is None else "1")
    if asked is not None:
        for gauge in families.ASKED:
            yield from _head(gauge)
            for series in gauge.series:
                column = "_".join((gauge.name.removeprefix("wirephoto_"), *series))
                yield f"{gauge.name}{_labels(gauge.labels, series)} {asked[column]:.15g}\n"


def _head(family: families.Family) -> Iterator[str]:
    yield f"# HELP {family.name} {family.text}\n# TYPE {family.name} {family.kind}\n"


def _single(family: families.Family, value: str, *series: str) -> Iterator[str]:
    yield from _head(family)
    yield f"{family.name}{_labels(family.labels, series)} {value}\n"


def _counter(family: families.Counter) -> Iterator[str]:
    for series, at in family.at.items():
        yield f"{family.name}{_labels(family.labels, series)} {cells.CELLS.total(at):.15g}\n"


def _histogram(family: families.Histogram) -> Iterator[str]:
    ends = [*(f"{bound:g}" for bound in family.bounds), "+Inf"]
    for series, at in family.at.items():
        found = [cells.CELLS.total(at + place) for place in range(len(ends) + 1)]
        for end, count in zip(ends, itertools.accumulate(found[:-1]), strict=True):
            labels = _labels((*family.labels, "le"), (*series, end))
            yield f"{family.name}_bucket{labels} {count:.15g}\n"
        labels = _labels(family.labels, series)
        yield f"{family.name}_sum{labels} {found[-1]:.15g}\n"
        yield f"{family.name}_count{labels} {sum(found[:-1]):.15g}\n"


def _labels(names: families.Labels, values: families.Labels) -> str:
    """No value of ours needs to be escaped."""
    given = ",".join(f'{name}="{value}"' for name, value in zip(names, values, strict=True))
    return f"{{{given}}}" if given else ""
