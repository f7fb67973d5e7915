"""Manifests of many makes come to the same images."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirephoto.client import batches
from wirephoto.client.manifest import columns, reading, text

URL = "https://pictures.example/eiger%20nord.jpg"


def read(path: Path, **how: Any) -> list[columns.Entry]:
    with reading.opened(str(path), **how) as manifest:
        return list(manifest.rows)


def images(path: Path, **how: Any) -> list[batches.Image | None]:
    return [one.image for one in read(path, **how)]


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_separator_of_a_csv_is_found_out(tmp_path: Path, separator: str, end: str) -> None:
    lines = [["id", "URL", "filename", "caption"], ["1", URL, "Der Eiger", "a, b; c"]]
    text = end.join(separator.join(f'"{cell}"' for cell in line) for line in lines)
    found = images(write(tmp_path, "m.csv", text.encode()))
    assert found == [batches.Image(URL, "1", "Der Eiger", {"caption": "a, b; c"})]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp1250"])
def test_the_encoding_of_a_csv_is_found_out(tmp_path: Path, encoding: str) -> None:
    caption = "Gäste über den Dächern von Zürich müde und schön gekleidet"
    text = f"url,id,caption\n{URL},1,{caption}\n" + f"{URL},2,plain\n" * 50
    found = images(write(tmp_path, "m.csv", text.encode(encoding)))
    assert found[0] is not None
    assert found[0].metadata == {"caption": caption}


def test_what_cp1250_and_cp1252_read_alike_is_said_to_be_the_commoner() -> None:
    words = "Über die Brücke führt die Straße; großes Gedränge am Südtor"
    assert text.encoding(io.BytesIO(words.encode("cp1252"))) == "cp1252"
    polish = "Zażółć gęślą jaźń; Łódź, Kraków, Gdańsk i Poznań w deszczu, zdjęcia z archiwum\n" * 4
    assert text.encoding(io.BytesIO(polish.encode("cp1250"))) == "cp1250"


def test_an_odd_byte_far_inside_a_large_csv_is_found(tmp_path: Path) -> None:
    text = "url,id,caption\n" + f"{URL},1,plain\n" * 60_000 + f"{URL},2,fünf schöne Äpfel\n"
    found = images(write(tmp_path, "m.csv", text.encode("cp1252")))
    assert found[-1] is not None
    assert found[-1].metadata == {"caption": "fünf schöne Äpfel"}


def test_a_cell_with_line_ends_is_one_cell_and_rows_are_numbered_by_line(tmp_path: Path) -> None:
    text = f'url,id,caption\n{URL},1,"two\nlines"\n\n{URL},,x\n'
    first, second = read(write(tmp_path, "m.csv", text.encode()))
    assert first.image is not None
    assert first.image.metadata == {"caption": "two\nlines"}
    assert (second.number, second.image, second.problem) == (5, None, "id: is empty")


def test_a_column_may_say_its_type_and_underscored_ones_are_ignored(tmp_path: Path) -> None:
    head = "url,id,rating:integer,live:boolean,tags:list,place:json,_note,time: zone"
    row = f'{URL},1,5,yes,a | b,"{{""x"":1}}",mine,CET'
    found = images(write(tmp_path, "m.csv", f"{head}\n{row}\n".encode()))
    assert found[0] is not None
    assert found[0].metadata == {
        "rating": 5,
        "live": True,
        "tags": ["a", "b"],
        "place": {"x": 1},
        "time: zone": "CET",
    }


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (f"{URL},1,x,", "rating:integer: 'x' is no integer"),
        (f"{URL},1,,{{", "metadata: is not JSON"),
        (f"{URL},1,,[]", "metadata: must be a JSON object"),
        (",1,,", "url: is empty"),
        (f"{URL},1,,,more", "has 5 cells, the first line 4"),
    ],
)
def test_a_row_that_is_wrong_says_why_and_the_next_is_read(
    tmp_path: Path, row: str, problem: str
) -> None:
    text = f"url,id,rating:integer,metadata\n{row}\n{URL},2,,\n"
    bad, good = read(write(tmp_path, "m.csv", text.encode()))
    assert bad.image is None
    assert bad.problem.startswith(problem)
    assert good.image == batches.Image(URL, "2")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("m.csv", b"address,id\n", "no column 'url'"),
        ("m.csv", b"", "no column 'url'"),
        ("m.csv", b"url,id,ID\n", "'id' is there twice"),
        ("m.xls", b"", "known are .csv"),
        ("m.json", b"{}", "must be a JSON array"),
        ("m.json", b"[", "is no JSON"),
    ],
)
def test_a_manifest_that_is_none_says_why(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    with pytest.raises(reading.Unreadable, match=words):
        read(write(tmp_path, name, content))


def test_lines_and_arrays_of_json_keep_types_and_name_what_is_wrong(tmp_path: Path) -> None:
    rows: list[Any] = [
        {"url": URL, "id": 7, "metadata": {"rating": 5}, "tags": ["a"], "_code": "timeout"},
        {"url": URL, "id": True},
        [],
    ]
    lines = write(tmp_path, "m.jsonl", "\n".join(map(json.dumps, rows)).encode() + b"\n{\n")
    array = write(tmp_path, "m.json", json.dumps(rows).encode())
    wanted = batches.Image(URL, "7", metadata={"rating": 5, "tags": ["a"]})
    for path in (lines, array):
        first, second, third, *rest = read(path)
        assert first.image == wanted
        assert second.problem == "id: must be a text, not true"
        assert third.problem == "must be a JSON object"
        assert len(rest) == (path == lines)


def test_packed_files_are_unpacked(tmp_path: Path) -> None:
    path = write(tmp_path, "m.csv.gz", gzip.compress(f"url,id\n{URL},1\n".encode()))
    assert images(path) == [batches.Image(URL, "1")]


def test_parquet_keeps_types(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    with duckdb.connect() as connection:
        query = "select ? as url, 7 as id, date '2026-11-24' as taken, ['a'] as tags, null as x"
        connection.execute(f"copy ({query}) to '{path}' (format parquet)", [URL])
    assert images(path) == [
        batches.Image(URL, "7", metadata={"taken": "2026-11-24", "tags": ["a"]})
    ]


def test_what_the_export_of_rows_guarded_is_read_as_it_was(tmp_path: Path) -> None:
    text = f"url,id,caption,_guarded\n{URL},1,'=SUM(A1),caption\n{URL},2,'quoted',\n"
    found = images(write(tmp_path, "m.csv", text.encode()))
    assert [one.metadata["caption"] for one in found if one] == ["=SUM(A1)", "'quoted'"]


TEXTS = st.text(st.characters(codec="utf-8"))


@given(rows=st.lists(st.lists(TEXTS, min_size=3, max_size=3), max_size=5))
def test_no_csv_raises(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("m") / "m.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["url", "id", "x:json"], *rows])
    assert len(read(path)) <= sum(1 + "".join(row).count("\n") for row in rows) + len(rows)


def test_batches_are_bounded_by_number_and_by_bytes() -> None:
    small = [batches.Image(URL, str(n)) for n in range(2500)]
    assert [len(one) for one in batches.split(small)] == [1000, 1000, 500]
    large = [batches.Image(URL, str(n), metadata={"x": "y" * 3_000_000}) for n in range(5)]
    assert [len(one) for one in batches.split(large)] == [2, 2, 1]


def test_a_picture_without_a_name_is_called_as_its_file_is() -> None:
    assert batches.Image(URL, "1").document()["fileName"] == "eiger nord.jpg"
    assert batches.Image("https://pictures.example/", "1").document()["fileName"] == "1"
