"""From the setting to a store."""

from pathlib import Path

import pytest

from wirephoto import errors
from wirephoto.pipeline.storage import store

VARIABLES = [
    "AWS_ENDPOINT",
    "AWS_ENDPOINT_URL",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_ACCOUNT_NAME",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_SERVICE_ACCOUNT",
    "GOOGLE_SERVICE_ACCOUNT_PATH",
]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("url", "location"),
    [
        (None, "/data/storage"),
        ("file:///pictures", "/pictures"),
        ("file:///with%20space/x", "/with space/x"),
        ("s3://bucket/prefix/", "s3://bucket/prefix"),
        ("s3://bucket", "s3://bucket"),
        ("gs://bucket/a/b", "gs://bucket/a/b"),
        ("az://container/a", "az://container/a"),
    ],
)
def test_each_form_of_the_setting_opens_its_storage(
    url: str | None, location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "a2V5")
    assert store.open_store(url, Path("/data")).location == location


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT"])
def test_the_location_names_the_endpoint_and_no_credentials(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "http://user:secret@minio.example:9000")
    opened = store.open_store("s3://bucket/prefix", Path("/data"))
    assert opened.location == "s3://bucket/prefix at minio.example:9000"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/pictures",
        "file://pictures",
        "file://host/pictures",
        "file:///",
        "file:pictures",
        "file:///a%00b",
        "s3://",
        "s3:///prefix",
        "s3:bucket",
        "ftp://bucket",
        "s3://[bucket",
        "s3://key:secret@bucket/prefix",
        "s3://bucket/prefix?key=secret",
        "s3://bucket/prefix#secret",
        "az://container",
    ],
)
def test_any_other_form_is_refused_by_the_name_of_the_setting_and_tells_no_secret(url: str) -> None:
    with pytest.raises(errors.SettingError, match=r"^WIREPHOTO_STORAGE_URL: .*$") as caught:
        store.open_store(url, Path("/data"))
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
