"""Numbers that outlive the process that counted them."""

import os

from wirephoto.metrics import cells


def test_a_successor_counts_on_and_the_parent_adds_up() -> None:
    parent, first, second = cells.Cells(), cells.Cells(), cells.Cells()
    (at,) = {one.take(["a", "b"]) for one in (parent, first, second)}
    place = parent.add_place()
    for worker in (first, second):
        assert worker.count_in(os.dup(place.descriptor))
        worker.values[at] += 2
    parent.values[at] += 1
    os.close(place.descriptor)
    assert (parent.total(at), parent.total(at + 1)) == (5, 0)


def test_a_worker_of_another_release_counts_apart() -> None:
    parent, worker = cells.Cells(), cells.Cells()
    at = parent.take(["a", "b"])
    worker.take(["b", "a"])
    place = parent.add_place()
    assert not worker.count_in(os.dup(place.descriptor))
    os.close(place.descriptor)
    worker.values[at] += 1
    assert parent.total(at) == 0
