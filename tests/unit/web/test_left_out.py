"""Rows that are left out of an import, and how they come back."""

import csv
import io

from wirephoto.client.manifest import csv_rows
from wirephoto.web.bringing import checking, left_out, table


def asked(**more: str) -> checking.Asked:
    return checking.Asked(more.get("encoding", "utf-8"), ",", True, [], "desk")


def written(text: str) -> list[dict[str, str]]:
    content = io.BytesIO(text.encode())
    columns = table.outline(content, asked().shape).names
    made = left_out.write(content, asked(), columns, {name: name for name in columns})
    return list(csv.DictReader(io.StringIO(b"".join(left_out.blocks(made)).decode("utf-8-sig"))))


def test_a_formula_is_guarded_in_the_file_and_not_in_what_comes_of_it() -> None:
    (row,) = written('url,id,Bild Text\n,1,"=HYPERLINK(1)"\n')
    assert (row["Bild Text"], row["_guarded"]) == ("'=HYPERLINK(1)", "Bild_Text")
    mended = csv_rows.Record(2, row | {"url": "https://h.example/1.jpg"})
    names = {"url": "url", "id": "id", "Bild Text": "caption"}
    image, problems = checking.judge(mended, names, asked())
    assert problems == []
    assert image
    assert image["metadata"] == {"caption": "=HYPERLINK(1)"}


def test_a_row_that_comes_guarded_is_guarded_once() -> None:
    (row,) = written("url,id,caption,_guarded\n,1,'=1,caption\n")
    assert (row["caption"], row["_guarded"]) == ("'=1", "caption")


def test_rows_that_can_be_sent_are_not_in_it() -> None:
    assert written("url,id\nhttps://h.example/1.jpg,1\n") == []
