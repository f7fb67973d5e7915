"""The report of an import: it is written like the manifest it came from."""

import codecs
from pathlib import Path

import pytest

from wirephoto.cli.import_ import report
from wirephoto.client.manifest import reading


def reported(path: Path, *manifests: Path, encoding: str | None = None) -> bytes:
    """The report of these manifests, each row of which has failed."""
    size = 0
    for manifest in manifests:
        with reading.opened(str(manifest), encoding=encoding) as opened:
            written = report.Report(path, opened.names, size, opened.dialect)
            written.add([report.Failure(one, "timeout", "too; late, ä") for one in opened.rows])
            size = written.size
    return path.read_bytes()


def manifest(folder: Path, text: str, encoding: str, name: str = "m.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("separator", "encoding", "marked"),
    [
        (",", "utf-8", False),
        (";", "utf-8", False),
        (";", "utf-8-sig", True),
        (";", "cp1252", True),
        ("\t", "utf-16", True),
    ],
)
def test_a_report_has_the_separator_of_its_manifest_and_a_mark_where_it_needs_one(
    tmp_path: Path, separator: str, encoding: str, *, marked: bool
) -> None:
    text = "url,id,Überschrift\r\nhttp://x.example/1,1,Die Brücke\r\n".replace(",", separator)
    said = reported(tmp_path / "failed.csv", manifest(tmp_path, text, encoding))
    assert said.startswith(codecs.BOM_UTF8) is marked
    head, row = said.decode("utf-8-sig").splitlines()
    assert head.split(separator) == ["url", "id", "Überschrift", "_code", "_reason"]
    assert row.startswith(separator.join(["http://x.example/1", "1", "Die Brücke", "timeout"]))
    with reading.opened(str(tmp_path / "failed.csv")) as again:
        (entry,) = again.rows
    assert entry.cells["Überschrift"] == "Die Brücke"
    assert entry.cells["_reason"] == "too; late, ä"


def test_a_report_of_several_manifests_goes_on_as_it_began(tmp_path: Path) -> None:
    first = manifest(tmp_path, "url;id\nhttp://x.example/1;1\n", "cp1252", "a.csv")
    second = manifest(tmp_path, "id,caption,url\n2,ä,http://x.example/2\n", "utf-8", "b.csv")
    said = reported(tmp_path / "failed.csv", first, second).decode()
    assert [line.split(";")[:2] for line in said.splitlines()] == [
        ["url", "id"],
        ["http://x.example/1", "1"],
        ["http://x.example/2", "2"],
    ]


def test_a_report_that_another_release_began_goes_on_with_commas(tmp_path: Path) -> None:
    path = tmp_path / "failed.csv"
    path.write_text("url,id,_code,_reason\r\nhttp://x.example/1,1,timeout,late\r\n")
    rows = manifest(tmp_path, "url;id\nhttp://x.example/2;2\n", "utf-8")
    with reading.opened(str(rows)) as opened:
        written = report.Report(path, opened.names, path.stat().st_size, opened.dialect)
        written.add([report.Failure(one, "timeout", "late") for one in opened.rows])
    assert path.read_text().splitlines()[-1] == "http://x.example/2,2,timeout,late"
