"""When a file has settled: by how long we saw it unchanged, whatever its own times say."""

from wirephoto.cli.import_ import memory, watching
from wirephoto.client.manifest import columns


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_file_lasts_from_when_it_was_first_seen_as_it_is() -> None:
    clock = Clock()
    settling = watching.Settling(clock)
    assert settling.lasted("a", (10, 1)) == 0
    clock.now = 1.5
    assert settling.lasted("a", (10, 1)) == 1.5
    assert settling.lasted("a", (20, 1)) == 0  # it grew; its time did not change
    clock.now = 4.0
    assert settling.lasted("a", (20, 1)) == 2.5
    assert settling.lasted("a", (20, 0)) == 0  # set back


def test_what_was_handed_out_comes_again_only_as_another() -> None:
    first, second, changed = (columns.Entry(number, {}, None) for number in range(3))
    found = [("1 a", first), ("1 b", second)]
    growing = watching.Growing(lambda: iter(found), memory.Memory(done={"1 b"}), 10)
    assert growing.take() == [first]
    found.append(("2 a", changed))
    assert growing.take() == [changed]
    growing.end()
    assert growing.take() == []
