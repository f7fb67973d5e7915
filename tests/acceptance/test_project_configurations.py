"""Exported configurations of a newspaper, a magazine and an archive, and imports with them."""

import contextlib
import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import gallery as galleries
from tests.fixtures import postgres
from tests.fixtures import service as services
from tests.unit.embedded import building
from wirephoto import errors
from wirephoto.db import embedded
from wirephoto.pipeline.embedded import fields
from wirephoto.project import config, media_types

FILES = Path(__file__).parents[1] / "files" / "configurations"
WIRE = building.iim(
    (5, b"IMG_1"),
    (10, b"3"),
    (25, b"Hafen"),
    (25, "Köln".encode()),
    (55, b"20240322"),
    (60, b"010203+0100"),
    (80, b"Ada"),
    (90, "Köln".encode()),
    (101, b"Deutschland"),
    (105, b"Boote am Morgen"),
    (115, b"dpa"),
    (116, b"(c) dpa"),
    (120, b"Boote im Hafen"),
    announced=b"\x1b%G",
)
GLOSSY = building.packet(
    f"<dc:title>{building.alt('Portrait')}</dc:title>",
    f"<dc:description>{building.alt('A story of far more than forty characters, as told')}"
    "</dc:description>",
    "<ext:PersonInImage><rdf:Bag><rdf:li>Ada</rdf:li><rdf:li>Bo</rdf:li></rdf:Bag>"
    "</ext:PersonInImage>",
    '<plus:Licensor><rdf:Seq><rdf:li plus:LicensorName="Agency" plus:LicensorURL="u"/></rdf:Seq>'
    "</plus:Licensor>",
    '<rdf:Description photoshop:DateCreated="2024-03-22T10:00:00" xmp:Rating="4"/>',
    "<ext:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    "</ext:DigitalSourceType>",
)
PLATE = building.iim(
    (103, b"P 12/7"),
    (5, b"Bahnhof"),
    (12, b"IPTC:01002003:a:b:c"),
    (12, b"IPTC:04000000:a:b:c"),
    (55, b"19180000"),
    (80, b"Unbekannt"),
    (90, "Zürich".encode("cp1252")),
)


@pytest.fixture(scope="module")
def desks(cluster: embedded.Database) -> Iterator[services.Service]:
    """A service whose projects are the three files, as they were exported."""
    with services.folder() as data_dir:
        (data_dir / "projects").mkdir(mode=0o755)
        for name in ("newsdesk", "glossy", "archive"):
            shutil.copy(FILES / f"{name}.json", data_dir / "projects")
        with services.serving(postgres.new_database(cluster), data_dir=data_dir) as running:
            yield running


def bring(
    desks: services.Service, project: str, image: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The row of an image in that project, and its entry."""
    token = desks.new_token("public-api:read", "public-api:write", project=project)
    desk = dataclasses.replace(desks, token=token)
    with contextlib.closing(desk.client):
        (row,) = desk.bring([image], project)
        if row["state"] == "failed":
            return row, {}
        return row, dict(desk.get(f"/mediaLibrary/{row['image']['mediaId']}").json())


def test_a_newspaper_gets_what_its_agency_wrote(
    desks: services.Service, gallery: galleries.Gallery
) -> None:
    data = building.jpeg((0xED, building.PHOTOSHOP + building.resource(0x0404, WIRE)))
    url = gallery.hang("/wire.jpg", data)
    _, entry = bring(desks, "newsdesk", services.image(url, metadata={"usage": "once"}))
    assert entry["metadata"] == {
        "title": "Boote am Morgen",
        "caption": "Boote im Hafen",
        "creator": "Ada",
        "credit": "dpa",
        "copyright": "(c) dpa",
        "keywords": ["Hafen", "Köln"],
        "photographedAt": "2024-03-22T01:02:03+01:00",
        "city": "Köln",
        "country": "Deutschland",
        "urgency": 3,
        "usage": "once",
    }


def test_a_newspaper_says_in_its_own_words_what_is_missing(
    desks: services.Service, gallery: galleries.Gallery
) -> None:
    row, _ = bring(desks, "newsdesk", services.image(gallery.hang("/bare.jpg", building.jpeg())))
    assert (row["code"], row["reason"]) == ("invalid_metadata", "Ein Bild braucht eine Legende")


def test_a_magazine_gets_structures_as_names_and_leaves_out_what_breaks_a_rule(
    desks: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/glossy.jpg", building.jpeg((0xE1, building.XMP_IN_JPEG + GLOSSY)))
    given = {"crops": [{"name": "cover"}], "focus": [0.5, 0.5]}
    _, entry = bring(desks, "glossy", services.image(url, metadata=given))
    assert entry["metadata"] == given | {
        "title": "Portrait",
        "people": ["Ada", "Bo"],
        "licensor": "Agency",
        "shotOn": "2024-03-22",
        "generated": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    }
    assert entry["embedded"]["notes"] == [
        "not filled in: story: must be at most 40 characters (it has 50)",
        "not filled in: rating: must be one of: 3, 5 (it is 4)",
    ]


def test_an_archive_gets_dates_as_far_as_they_are_known(
    desks: services.Service, gallery: galleries.Gallery
) -> None:
    data = building.jpeg((0xED, building.PHOTOSHOP + building.resource(0x0404, PLATE)))
    image = services.image(gallery.hang("/plate.jpg", data), mediaType="plate")
    _, entry = bring(desks, "archive", image)
    assert entry["metadata"] == {
        "title": "Bahnhof",
        "signature": "P 12/7",
        "photographer": "Unbekannt",
        "dated": "1918",
        "place": "Zürich",
        "subjects": "01002003, 04000000",
    }


def test_a_field_that_is_none_stops_the_start(tmp_path: Path) -> None:
    text = (FILES / "archive.json").read_text().replace('"Sub-location"', '"Sub-loction"')
    (tmp_path / "archive.json").write_text(text)
    with pytest.raises(errors.SettingError, match='"Sub-loction" is no IPTC field that we know'):
        config.read_folder(tmp_path, knows_field=fields.knows)


def test_searchable_properties_are_known_by_media_type_also_from_a_snapshot() -> None:
    project = config.read_folder(FILES, knows_field=fields.knows).projects["archive"]
    restored = config.restore(config.snapshot(project))
    wanted = {
        "plate": ("signature", "title", "description", "photographer", "dated", "place"),
    }
    assert media_types.indexed(project.media_types) == wanted
    assert media_types.indexed(restored.media_types) == wanted
