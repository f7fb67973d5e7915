"""Words are folded alike where they are written down and where they are looked for."""

import hypothesis
import pytest
from hypothesis import strategies

from wirephoto.project import searching


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Der Eiger, 3967 m", "der eiger 3967 m"),
        ("Müller", "muller mueller"),
        ("Mu\u0308ller", "muller mueller"),
        ("Straße", "strasse"),
        ("Ærø Ångström", "aeroe aero angstrom aangstroem"),
        ("Łódź", "lodz"),
        ("crème brûlée", "creme brulee"),
        ("IMG_1234.jpg", "img 1234 jpg"),
        ("ﬁn ½", "fin 1 2"),
        ("Ελλάδα 東京", "ελλαδα 東京"),
        ("--- ...", ""),
    ],
)
def test_words_are_lower_case_without_accents_and_umlauts_in_both_spellings(
    text: str, folded: str
) -> None:
    assert set(searching.folded(text).split()) == set(folded.split())


def test_a_word_is_looked_for_in_its_spellings_and_once() -> None:
    assert searching.wanted("Zürich bern ZÜRICH") == ["zurich zuerich", "bern"]
    assert len(searching.wanted(" ".join(map(str, range(100))))) == searching.MOST_WORDS


def test_texts_and_numbers_of_the_named_properties_are_searchable_at_any_depth() -> None:
    metadata = {"a": ["Bern", {"b": "Basel"}, 7], "c": "hidden", "d": True, "e": None}
    assert searching.properties(["a", "d", "e", "f"], metadata) == "bern basel 7"


@hypothesis.given(strategies.text())
def test_whatever_is_written_is_found_by_itself(text: str) -> None:
    written = set(searching.folded(text).split())
    for word in searching.wanted(text):
        assert written >= set(word.split())
        assert all(spelling.isalnum() for spelling in word.split())
