"""The table of fields: every name that a project file may use."""

import json
from pathlib import Path

import pytest

from wirephoto.pipeline.embedded import fields

LIVINGDOCS = {
    "Creator": "creatorNames",
    "By-line": "creatorNames",
    "Credit Line": "creditLine",
    "Credit": "creditLine",
    "Description": "description",
    "Caption/Abstract": "description",
    "Headline": "headline",
    "Keywords": "keywords",
    "Copyright Notice": "copyrightNotice",
    "Date Created": "dateCreated",
    "City": "cityName",
    "City (legacy)": "cityName",
    "Country/Primary Location Name": "countryName",
    "Source": "source",
    "Creator’s Contact Info": "creatorContactInfo",  # noqa: RUF001 - as Livingdocs writes it
    "Creator's Contact Info": "creatorContactInfo",
    "CAPTION-ABSTRACT": "description",
    "Person Shown in the Image": "personInImageNames",
    "Original Transmission Reference": "jobid",
    "PLUS Version": "plusVersion",
    "Time Created": "timeCreated",
}


@pytest.mark.parametrize(("name", "field"), LIVINGDOCS.items())
def test_a_name_of_livingdocs_is_known(name: str, field: str) -> None:
    found = fields.find(name)
    assert found is not None
    assert found.id == field


def test_every_name_and_alias_leads_to_its_own_field() -> None:
    assert len(fields.ALL) == 102
    for one in fields.ALL:
        for name in (one.id, one.name, *one.aliases):
            assert fields.find(name) is one


def test_every_field_is_written_somewhere_and_its_namespace_is_known() -> None:
    table = json.loads(Path(fields.__file__).with_name("fields.json").read_text())
    for one in fields.ALL:
        assert one.xmp or one.iim or one.exif
        assert one.xmp is None or one.xmp.partition(":")[0] in table["namespaces"]


@pytest.mark.parametrize("name", ["", "By line of nobody", "2:80", "dc:creator"])
def test_other_names_are_unknown(name: str) -> None:
    assert not fields.knows(name)
