"""Whether a round ended as it must: the bad apples failed with their codes, all else is in."""

from collections.abc import Iterator, Sequence

from wirephoto.cli.demo import client, samples


def differences(
    rows: Sequence[client.Row],
    state: str,
    good: Sequence[samples.Sample],
    bad: Sequence[samples.BadApple],
) -> list[str]:
    """A line for each image that is not as it must be; ``state`` is that of the good ones."""
    found = {row.id: row for row in rows}
    wanted = [sample.id for sample in good] + [apple.id for apple in bad]
    lines = [f"{id_}: is in no row" for id_ in wanted if id_ not in found]
    lines += [f"{id_}: nobody asked for it" for id_ in found if id_ not in wanted]
    if len(rows) != len(found):
        lines.append(f"{len(rows)} rows for {len(found)} images")
    lines += [line for one in good if one.id in found for line in _good(found[one.id], state, one)]
    lines += [
        f"{apple.id}: must fail with {apple.code}, is {_shown(found[apple.id])}"
        for apple in bad
        if apple.id in found
        and (found[apple.id].state, found[apple.id].code) != ("failed", apple.code)
    ]
    return lines


def _good(row: client.Row, state: str, sample: samples.Sample) -> Iterator[str]:
    if row.state != state:
        yield f"{row.id}: must be {state}, is {_shown(row)}"
        return
    wanted = (sample.mime_type, sample.picture.width, sample.picture.height)
    if (row.mime_type, row.width, row.height) != wanted:
        yield (
            f"{row.id}: must be {sample.mime_type} of {wanted[1]} x {wanted[2]}, "
            f"is {row.mime_type} of {row.width} x {row.height}"
        )
    if row.title != sample.title:
        yield f"{row.id}: must be titled {sample.title!r}, is {row.title!r}"


def _shown(row: client.Row) -> str:
    return f"{row.state} ({row.code}: {row.reason})" if row.code else row.state
