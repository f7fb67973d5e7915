"""The folder of project files: what loads, and the one line for what does not."""

import json
from pathlib import Path
from typing import Any

import pytest

from wirephoto import errors, model
from wirephoto.project import config, files

EXAMPLES = Path(__file__).parents[2] / "files" / "projects"


def _write(folder: Path, content: Any, name: str = "news.json") -> Path:
    path = folder / name
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    path.chmod(0o600)
    return path


def _fault(folder: Path) -> tuple[str, str]:
    with pytest.raises(errors.SettingError) as refused:
        config.load_folder(folder)
    assert "\n" not in str(refused.value)
    return refused.value.name, refused.value.problem


def _media(*metadata: Any, **more: Any) -> dict[str, Any]:
    image = {"handle": "image", "type": "mediaImage", "metadata": list(metadata), **more}
    return {"mediaTypes": [image]}


def test_livingdocs_configurations_load_as_they_are() -> None:
    projects = config.load_folder(EXAMPLES)
    assert set(projects) == {"default", "news", "magazine", "agency"}
    assert list(projects["news"].media_types) == ["image", "video"]
    assert len(projects["magazine"].media_types) == 7
    assert len(projects["agency"].media_types["image"].properties) == 15


def test_exif_mappings_keep_their_order() -> None:
    image = config.load_folder(EXAMPLES)["news"].media_types["image"]
    fields = [one.field for one in image.exif_mappings if one.property == "source"]
    assert fields == ["Source", "Credit Line"]


def test_own_settings_are_read() -> None:
    projects = config.load_folder(EXAMPLES)
    news, agency = projects["news"], projects["agency"]
    assert news.limits.images_per_day == 50_000
    assert news.limits.max_bytes == 60_000_000
    assert model.Kind.WEBP in news.limits.kinds
    assert news.secrets.webhook_headers == {"Authorization": "Bearer of-the-receiver"}
    assert agency.limits.verify == "decode"
    assert agency.limits.kinds == {model.Kind.JPEG, model.Kind.PNG, model.Kind.TIFF}
    assert not agency.secrets


def test_a_magazine_image_is_checked_by_its_own_rules() -> None:
    magazine = config.load_folder(EXAMPLES)["magazine"].media_types
    assert magazine["advert"].check({"campaign": "any"}, required=False) == {"campaign": "any"}
    with pytest.raises(errors.InvalidMetadata, match=r"rating: must be one of: 1, 2, 3 \(it is 7"):
        magazine["image"].check({"title": "abc", "rating": 7})
    with pytest.raises(errors.InvalidMetadata, match=r"^Who is it\?$"):
        magazine["portrait"].check({"modelRelease": True})


@pytest.mark.parametrize("exists", [True, False])
def test_default_is_built_in_where_no_file_defines_it(tmp_path: Path, exists: bool) -> None:
    projects = config.load_folder(tmp_path if exists else tmp_path / "none")
    assert list(projects) == ["default"]
    assert projects["default"].media_types["image"].open
    assert projects["default"].limits == config.ProjectLimits()


def test_a_folder_that_was_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(errors.SettingError, match="cannot be read: No such file"):
        config.load_folder(tmp_path / "none", must_exist=True)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.SettingError, match="cannot be read"):
        config.load_folder(_write(tmp_path, {}))


def test_default_json_replaces_the_built_in(tmp_path: Path) -> None:
    _write(tmp_path, _media({"handle": "caption", "type": "li-text"}), "default.json")
    image = config.load_folder(tmp_path)["default"].media_types["image"]
    assert not image.open
    assert list(image.properties) == ["caption"]


@pytest.mark.parametrize("media", [{}, {"mediaTypes": None}, {"mediaTypes": []}])
def test_a_file_without_media_types_leaves_the_built_in_ones(
    tmp_path: Path, media: dict[str, Any]
) -> None:
    _write(tmp_path, media | {"wirephoto": {"imagesPerDay": 5}})
    news = config.load_folder(tmp_path)["news"]
    assert news.media_types["image"].open
    assert news.limits.images_per_day == 5


def test_other_files_and_hidden_ones_are_skipped(tmp_path: Path) -> None:
    for name in ("README.md", "news.json.bak", ".news.json", "news.JSON"):
        _write(tmp_path, "not JSON", name)
    assert list(config.load_folder(tmp_path)) == ["default"]


@pytest.mark.parametrize("name", ["News.json", "a b.json", "-a.json", "ä.json", f"{'a' * 64}.json"])
def test_a_file_name_that_is_no_handle_is_refused(tmp_path: Path, name: str) -> None:
    _write(tmp_path, {}, name)
    assert _fault(tmp_path)[0] == name


@pytest.mark.parametrize("name", ["a.json", "0_a-b.json", f"{'a' * 63}.json"])
def test_a_handle_is_the_stem_of_its_file(tmp_path: Path, name: str) -> None:
    _write(tmp_path, {}, name)
    assert name.removesuffix(".json") in config.load_folder(tmp_path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is not JSON: Expecting value (line 1, column 1)"),
        ('{\n "a": 1,\n}', "is not JSON: "),
        ("[]", "must be an object (it is a list)"),
        ('"x"', 'must be an object (it is "x")'),
        ('{"a": NaN}', "is not JSON: NaN is no number of JSON"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', 'the key "c" is there twice in one object'),
        ('{"a": ' + "9" * 5000 + "}", "is not JSON: "),
        ("[" * 100_000, "is nested too deeply"),
        ('{"a": "\ud800"}', "is not UTF-8 (at byte 7)"),
    ],
)
def test_what_is_not_a_json_object_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    _write(tmp_path, text)
    name, found = _fault(tmp_path)
    assert name == "news.json"
    assert problem in found


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    _write(tmp_path, "\ufeff{}")
    assert "news" in config.load_folder(tmp_path)


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    _write(tmp_path, '{"a": "' + "x" * files.MAX_FILE_BYTES + '"}')
    assert _fault(tmp_path) == ("news.json", "is over 5000000 bytes")


def test_a_folder_with_the_name_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "news.json").mkdir()
    assert _fault(tmp_path) == ("news.json", "cannot be read: Is a directory")


def _text(**options: Any) -> dict[str, Any]:
    return {"handle": "caption", "type": "li-text", "config": options}


def _integer(**options: Any) -> dict[str, Any]:
    return {"handle": "n", "type": "li-integer", "config": options}


def _list(*values: Any, kind: str = "labelValuePair") -> dict[str, Any]:
    return {"type": kind, "items": [{"label": "x", "value": value} for value in values]}


FIRST = "mediaTypes.0.metadata.0"
FAULTS: list[tuple[Any, str, str]] = [
    ({"mediaTypes": {}}, "mediaTypes", "must be a list (it is an object)"),
    ({"mediaTypes": [5]}, "mediaTypes.0", "must be an object (it is 5)"),
    ({"mediaTypes": [{}]}, "mediaTypes.0.handle", "is missing"),
    ({"mediaTypes": [{"handle": 5}]}, "mediaTypes.0.handle", "must be a text (it is 5)"),
    ({"mediaTypes": [{"handle": ""}]}, "mediaTypes.0.handle", "must not be empty"),
    ({"mediaTypes": [{"handle": "image"}]}, "mediaTypes.0.type", "is missing"),
    (
        {"mediaTypes": [*_media()["mediaTypes"], *_media()["mediaTypes"]]},
        "mediaTypes.1.handle",
        '"image" is there twice',
    ),
    (_media(metadata={}), "mediaTypes.0.metadata", "must be a list (it is an object)"),
    (_media("caption"), FIRST, 'must be an object (it is "caption")'),
    (_media({"handle": "caption"}), f"{FIRST}.type", "is missing"),
    (_media(_text(), _text()), "mediaTypes.0.metadata.1.handle", '"caption" is there twice'),
    (_media({**_text(), "config": []}), f"{FIRST}.config", "must be an object (it is a list)"),
    (
        _media(_text(required="yes")),
        f"{FIRST}.config.required",
        'must be true or false (it is "yes")',
    ),
    (
        _media(_text(requiredErrorMessage=1)),
        f"{FIRST}.config.requiredErrorMessage",
        "must be a text (it is 1)",
    ),
    (_media(_text(index=1)), f"{FIRST}.config.index", "must be true or false (it is 1)"),
    (
        _media(_text(maxLength="many")),
        f"{FIRST}.config.maxLength",
        'must be a whole number (it is "many")',
    ),
    (_media(_text(maxLength=-1)), f"{FIRST}.config.maxLength", "must be 0 or more (it is -1)"),
    (
        _media(_text(maxLength=True)),
        f"{FIRST}.config.maxLength",
        "must be a whole number (it is true)",
    ),
    (
        _media(_text(minLength=3, maxLength=2)),
        f"{FIRST}.config.minLength",
        "must not be more than maxLength (3 > 2)",
    ),
    (
        _media(_text(allowNewlines=0)),
        f"{FIRST}.config.allowNewlines",
        "must be true or false (it is 0)",
    ),
    (
        _media(_text(dataProvider=_list(kind="other"))),
        f"{FIRST}.config.dataProvider.type",
        'must be labelValuePair (it is "other")',
    ),
    (
        _media(_text(dataProvider={"type": "labelValuePair"})),
        f"{FIRST}.config.dataProvider.items",
        "is missing",
    ),
    (
        _media(_text(dataProvider={"items": [{"label": "x"}]})),
        f"{FIRST}.config.dataProvider.items.0.value",
        "is missing",
    ),
    (
        _media(_text(dataProvider=_list("a", 1))),
        f"{FIRST}.config.dataProvider.items.1.value",
        "must be a text (it is 1)",
    ),
    (
        _media(_integer(dataProvider=_list("a"))),
        f"{FIRST}.config.dataProvider.items.0.value",
        'must be a whole number (it is "a")',
    ),
    (
        _media(_integer(minValue=1.5)),
        f"{FIRST}.config.minValue",
        "must be a whole number (it is 1.5)",
    ),
    (
        _media(_integer(minValue=2, maxValue=1)),
        f"{FIRST}.config.minValue",
        "must not be more than maxValue (2 > 1)",
    ),
    (
        _media({"handle": "n", "type": "li-numeric-list", "config": {"maxItems": -1}}),
        f"{FIRST}.config.maxItems",
        "must be 0 or more (it is -1)",
    ),
    (
        _media(exifExtraction=[]),
        "mediaTypes.0.exifExtraction",
        "must be an object (it is a list)",
    ),
    (
        _media(exifExtraction={"mappings": [{"field": "Creator"}]}),
        "mediaTypes.0.exifExtraction.mappings.0.metadataPropertyName",
        "is missing",
    ),
    (
        _media(
            _text(),
            exifExtraction={"mappings": [{"field": "X", "metadataPropertyName": "captoin"}]},
        ),
        "mediaTypes.0.exifExtraction.mappings.0.metadataPropertyName",
        '"captoin" is no property of this media type; did you mean caption?',
    ),
    ({"mediatypes": []}, "mediatypes", "there is no such part; did you mean mediaTypes?"),
    ({"wirefoto": {}}, "wirefoto", "there is no such part; did you mean wirephoto?"),
    ({"wirephoto": []}, "wirephoto", "must be an object (it is a list)"),
    (
        {"wirephoto": {"imagePerDay": 5}},
        "wirephoto.imagePerDay",
        "there is no such setting; did you mean imagesPerDay?",
    ),
    ({"wirephoto": {"colour": 5}}, "wirephoto.colour", "there is no such setting; there are: "),
    ({"wirephoto": {"imagesPerDay": -1}}, "wirephoto.imagesPerDay", "must be 0 or more (it is -1)"),
    ({"wirephoto": {"maxBytes": 0}}, "wirephoto.maxBytes", "must be 1 or more (it is 0)"),
    (
        {"wirephoto": {"maxPixels": "1"}},
        "wirephoto.maxPixels",
        'must be a whole number (it is "1")',
    ),
    ({"wirephoto": {"types": []}}, "wirephoto.types", "must not be empty"),
    ({"wirephoto": {"types": "png"}}, "wirephoto.types", 'must be a list (it is "png")'),
    (
        {"wirephoto": {"types": ["png", "jpgg"]}},
        "wirephoto.types.1",
        '"jpgg" is no type of image; did you mean jpg?',
    ),
    (
        {"wirephoto": {"types": ["bmp"]}},
        "wirephoto.types.0",
        '"bmp" is no type of image; there are: ',
    ),
    (
        {"wirephoto": {"verify": "full"}},
        "wirephoto.verify",
        'must be one of: structure, decode (it is "full")',
    ),
    (
        {"wirephoto": {"webhookSecret": ""}},
        "wirephoto.webhookSecret",
        "must be a text that is not empty",
    ),
    (
        {"wirephoto": {"webhookSecret": "whsec_not base64"}},
        "wirephoto.webhookSecret",
        "must be base64 after whsec_",
    ),
    (
        {"wirephoto": {"webhookHeaders": ["a"]}},
        "wirephoto.webhookHeaders",
        "must be an object",
    ),
    (
        {"wirephoto": {"webhookHeaders": {"a b": "x"}}},
        "wirephoto.webhookHeaders.a b",
        "is not the name of a header",
    ),
    (
        {"wirephoto": {"webhookHeaders": {"X-A": "secret\r\nX-B: 1"}}},
        "wirephoto.webhookHeaders.X-A",
        "must be a text of printable ASCII without spaces around it",
    ),
    (
        {"wirephoto": {"webhookHeaders": {"Content-Length": "1"}}},
        "wirephoto.webhookHeaders.Content-Length",
        "this header is set by wirephoto itself",
    ),
    (
        {"wirephoto": {"webhookHeaders": {"Webhook-Signature": "v1,x"}}},
        "wirephoto.webhookHeaders.Webhook-Signature",
        "this header is set by wirephoto itself",
    ),
    (
        {"wirephoto": {"webhookOrigins": "https://cms.example.com"}},
        "wirephoto.webhookOrigins",
        "must be a list",
    ),
    (
        {"wirephoto": {"webhookOrigins": ["cms.example.com"]}},
        "wirephoto.webhookOrigins.0",
        "is no origin: it must begin with http:// or https://",
    ),
    (
        {"wirephoto": {"webhookOrigins": ["https://a.example", "https://b.example/hook"]}},
        "wirephoto.webhookOrigins.1",
        "must be an origin alone, as https://cms.example.com",
    ),
]


@pytest.mark.parametrize(("content", "path", "problem"), FAULTS)
def test_a_fault_names_file_path_and_reason(
    tmp_path: Path, content: Any, path: str, problem: str
) -> None:
    if content == _media(metadata={}):
        content["mediaTypes"][0]["metadata"] = {}
    _write(tmp_path, content)
    name, found = _fault(tmp_path)
    assert name == f"news.json: {path}"
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "own",
    [
        {"webhookSecret": "whsec_hunter2 "},
        {"webhookSecret": {"hunter2": 1}},
        {"webhookSecret": "hunter2\0"},
        {"webhookHeaders": {"X-Key": "hunter2\n"}},
        {"webhookHeaders": {"X-Key": ["hunter2"]}},
        {"webhookHeaders": "hunter2"},
    ],
)
def test_a_fault_never_shows_a_secret(tmp_path: Path, own: dict[str, Any]) -> None:
    _write(tmp_path, {"wirephoto": own})
    assert "hunter2" not in " ".join(_fault(tmp_path))


def test_origins_are_read_with_their_ports(tmp_path: Path) -> None:
    origins = ["https://CMS.example.com", "http://b.example:8080/"]
    _write(tmp_path, {"wirephoto": {"webhookOrigins": origins}})
    found = config.load_folder(tmp_path)["news"].secrets.webhook_origins
    assert found == ("https://cms.example.com:443", "http://b.example:8080")


def test_a_project_never_shows_its_secrets() -> None:
    shown = repr(config.load_folder(EXAMPLES)["news"])
    assert "whsec_" not in shown
    assert "of-the-receiver" not in shown


def test_parts_that_are_not_about_media_are_ignored(tmp_path: Path) -> None:
    _write(tmp_path, {"settings": 5, "contentTypes": "x", "v": None, "mediaCenter": []})
    assert "news" in config.load_folder(tmp_path)


def test_null_is_absent_in_a_project_file(tmp_path: Path) -> None:
    content = _media(_text(maxLength=None, required=None, dataProvider=None), exifExtraction=None)
    _write(tmp_path, content | {"wirephoto": None})
    assert "news" in config.load_folder(tmp_path)


def test_an_exif_field_that_nobody_knows_is_refused_where_names_are_given(tmp_path: Path) -> None:
    mappings = [{"field": "By-lime", "metadataPropertyName": "caption"}]
    _write(tmp_path, _media(_text(), exifExtraction={"mappings": mappings}))
    with pytest.raises(errors.SettingError) as refused:
        config.load_folder(tmp_path, knows_field={"By-line"}.__contains__)
    assert refused.value.name == "news.json: mediaTypes.0.exifExtraction.mappings.0.field"


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        (
            _media(_text(maxLenght=5)),
            f"news.json: {FIRST}.config.maxLenght: is ignored; did you mean maxLength?",
        ),
        (
            _media({"handle": "a", "type": "li-tex"}),
            f"news.json: {FIRST}.type: li-tex is kept unchecked; did you mean li-text?",
        ),
        (
            _media({"handle": "a", "type": "li-enum"}),
            f"news.json: {FIRST}.type: li-enum without a dataProvider takes any text",
        ),
        (
            {"mediaTypes": [{"handle": "photo", "type": "mediaImage"}]},
            (
                "news.json: mediaTypes: none is a mediaImage with the handle image: "
                "an image that names no mediaType will fail"
            ),
        ),
    ],
)
def test_what_is_likely_a_slip_is_a_warning(tmp_path: Path, content: Any, warning: str) -> None:
    _write(tmp_path, content)
    assert config.read_folder(tmp_path).warnings == [warning]


@pytest.mark.parametrize("name", ["news", "magazine", "agency"])
def test_an_exported_configuration_gives_no_warnings(tmp_path: Path, name: str) -> None:
    _write(tmp_path, (EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    assert config.read_folder(tmp_path).warnings == []


@pytest.mark.parametrize(
    ("mode", "own", "warned"),
    [
        (0o604, {"webhookSecret": "x"}, True),
        (0o644, {"webhookHeaders": {"X-Key": "x"}}, True),
        (0o640, {"webhookSecret": "x"}, False),
        (0o644, {"imagesPerDay": 1}, False),
    ],
)
def test_a_file_of_secrets_that_everyone_reads_is_a_warning(
    tmp_path: Path, mode: int, own: dict[str, Any], warned: bool
) -> None:
    _write(tmp_path, {"wirephoto": own}).chmod(mode)
    warnings = config.read_folder(tmp_path).warnings
    assert [line.partition(": ")[0] for line in warnings] == ["news.json"] * warned
