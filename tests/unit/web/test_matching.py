"""Which field a column becomes follows from its name."""

from wirephoto.project import media_types
from wirephoto.web.bringing import matching


def test_columns_of_a_german_spreadsheet_are_known_by_their_words() -> None:
    names = ["Bild-Nr", "Webadresse", "Überschrift", "Beschreibung", "Bildquelle", "Notiz"]
    found = matching.guess(names, {}, media_types.built_in()["image"])
    assert found == ["id", "url", "p:title", "p:caption", "p:source", "own"]
