"""What a drawing says of itself, read before cleaning takes it out."""

from typing import Any

import pytest

from tests.files import builders
from tests.unit.embedded import building, reading
from tests.unit.inspection import judged
from wirephoto.pipeline.inspection import svg

INKSCAPE = (
    '<metadata><rdf:RDF><cc:Work rdf:about=""><dc:format>image/svg+xml</dc:format>'
    "<dc:title>Lamp</dc:title><dc:creator><cc:Agent><dc:title>Ada</dc:title></cc:Agent></dc:creator>"
    "<dc:subject><rdf:Bag><rdf:li>light</rdf:li></rdf:Bag></dc:subject></cc:Work></rdf:RDF></metadata>"
)
OPENING = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:svg="http://www.w3.org/2000/svg" width="7" '
    'height="5" xmlns:cc="http://creativecommons.org/ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    f' xmlns:rdf="{building.RDF}">'
)


def fields(data: bytes) -> dict[str, Any]:
    blocks = svg.read(data, judged.limits()).blocks
    return dict(reading.of(*((block.kind, block.data) for block in blocks)).get("fields", {}))


def test_the_work_that_inkscape_describes_is_read() -> None:
    assert fields(builders.svg(INKSCAPE, opening=OPENING)) == {
        "creatorNames": ["Ada"],
        "keywords": ["light"],
        "title": "Lamp",
    }


def test_its_own_title_and_description_win() -> None:
    own = "<title>Own &amp; good</title><desc>A <b>lamp</b></desc>"
    found = fields(builders.svg(own + INKSCAPE, opening=OPENING))
    assert (found["title"], found["description"]) == ("Own & good", "A lamp")


def test_a_packet_of_xmp_is_read() -> None:
    packet = building.rdf("<photoshop:City>Wien</photoshop:City>")
    assert fields(builders.svg(f"<metadata>{packet}</metadata>")) == {"cityName": "Wien"}


@pytest.mark.parametrize(
    "inside",
    [
        "<g><title>of a group</title><metadata>x</metadata></g>",
        "<metadata/><title/><desc></desc>",
        "<metadata>words</metadata>",
    ],
)
def test_what_is_inside_or_empty_says_nothing_of_the_drawing(inside: str) -> None:
    assert fields(builders.svg(inside)) == {}


def test_the_first_of_two_titles_counts() -> None:
    assert fields(builders.svg("<title>a</title><title>b</title>")) == {"title": "a"}
