"""Which renditions there are."""

import itertools

import pytest

from wirephoto import errors, model
from wirephoto.renditions import variant

JPEG, PNG, WEBP = model.Kind.JPEG, model.Kind.PNG, model.Kind.WEBP


def test_without_parameters_the_stored_bytes_are_asked_for() -> None:
    assert variant.asked({}, JPEG) is None
    assert variant.asked({"token": "x"}, JPEG) is None


def test_what_is_not_said_has_its_default() -> None:
    found = variant.asked({"w": "640"}, JPEG)
    assert found == variant.Variant(640, None, "contain", JPEG, 80)
    assert found.name == "w640-q80.jpg"


@pytest.mark.parametrize(
    ("kind", "shown"),
    [("jpg", "jpg"), ("png", "png"), ("webp", "webp"), ("avif", "avif"), ("gif", "png"),
     ("tiff", "jpg")],
)  # fmt: skip
def test_a_kind_is_shown_as_itself_where_browsers_know_it(kind: str, shown: str) -> None:
    found = variant.asked({"w": "80"}, model.Kind(kind))
    assert found is not None
    assert found.format == model.Kind(shown)


def test_svg_is_served_as_it_is_stored_and_its_parameters_are_checked_all_the_same() -> None:
    assert variant.asked({"w": "640", "fm": "webp"}, model.Kind.SVG) is None
    with pytest.raises(errors.InvalidRequest):
        variant.asked({"w": "641"}, model.Kind.SVG)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("w", "0"), ("w", "-80"), ("w", "641"), ("w", "80.0"), ("w", " 80"), ("w", "٨٠"), ("w", ""),
        ("w", "99999999999999999999"), ("h", "81"), ("fit", "fill"), ("fm", "gif"), ("fm", "JPEG"),
        ("q", "81"), ("q", "100"),
    ],
)  # fmt: skip
def test_any_other_value_names_the_parameter_and_what_it_may_be(name: str, value: str) -> None:
    with pytest.raises(errors.InvalidRequest) as caught:
        variant.asked({"w": "80", name: value}, JPEG)
    assert set(caught.value.details) == {name}
    assert "must be one of" in caught.value.details[name]


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(errors.InvalidRequest) as caught:
        variant.asked({"w": "7", "h": "7", "fm": "bmp", "q": "x", "fit": "x"}, JPEG)
    assert set(caught.value.details) == {"w", "h", "fit", "fm", "q"}


def test_a_size_must_be_given_and_cover_needs_both() -> None:
    for given, named in (({"fm": "webp"}, "w"), ({"w": "80", "fit": "cover"}, "fit")):
        with pytest.raises(errors.InvalidRequest) as caught:
            variant.asked(given, JPEG)
        assert set(caught.value.details) == {named}


def test_variants_have_a_name_each_and_png_has_no_quality() -> None:
    sizes = [None, *map(str, variant.WIDTHS)]
    names = [
        found.name
        for w, h, fit, fm, q in itertools.product(
            sizes, sizes, variant.FITS, variant.FORMATS, variant.QUALITIES
        )
        if (w or h) and not (fit == "cover" and not (w and h))
        for found in [
            variant.asked(
                {
                    k: str(v)
                    for k, v in (("w", w), ("h", h), ("fit", fit), ("fm", fm), ("q", q))
                    if v
                },
                JPEG,
            )
        ]
        if found
    ]
    boxes = 8 + 8 + 64 + 64
    assert len(names) == boxes * 4 * 4
    assert len(set(names)) == boxes * (3 * 4 + 1)
