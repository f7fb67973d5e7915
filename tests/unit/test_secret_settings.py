"""Settings that hold secrets: no error shows them, nor do the settings themselves."""

import pytest

from wirephoto import errors, settings

SECRET = "hunter2hunter2"
WRONG_DATABASES = [
    f"postgres//wirephoto:{SECRET}@db/wirephoto",
    f"postgresql://wirephoto:pa/{SECRET}@db/wirephoto",
    f"postgresql://wirephoto:12/{SECRET}@db/wirephoto",
    f"postgresql://wirephoto:p@{SECRET}@db/wirephoto",
    f"postgresql://wirephoto:p?{SECRET}@db/wirephoto",
    f"postgresql://wirephoto:%zz{SECRET}@db/wirephoto",
    f"postgresql://wirephoto:{SECRET}@[::1/wirephoto",
    f"postgresql://wirephoto:{SECRET}@db:port/wirephoto",
    f"postgresql://wirephoto:{SECRET} @db/wirephoto",
    f"mysql://wirephoto:{SECRET}@db/wirephoto",
    f"host=db user=wirephoto password={SECRET}",
    SECRET,
]
DATABASES = [
    "postgresql:///wirephoto",
    "postgres://db",
    f"postgresql://wirephoto:{SECRET}@db:5432/wirephoto?sslmode=require",
    f"postgresql://wirephoto:a%40b%2F{SECRET}@[::1]:5432,db2:5433/wirephoto",
    "postgresql://wirephoto@/wirephoto?host=%2Frun%2Fpostgresql&port=5432",
    f"postgresql://wirephoto:a:b#{SECRET}@db/wirephoto",
]


@pytest.mark.parametrize("url", WRONG_DATABASES)
def test_a_database_url_that_is_none_is_refused_without_a_word_of_it(url: str) -> None:
    with pytest.raises(errors.SettingError) as refused:
        settings.load(database_url=url)
    assert str(refused.value).startswith("WIREPHOTO_DATABASE_URL: must be postgresql://")
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("url", DATABASES)
def test_a_database_url_is_taken_and_never_shown(url: str) -> None:
    given = settings.load(database_url=url)
    assert SECRET not in f"{given} {given!r} {given.model_dump()} {given.model_dump_json()}"
    if SECRET in url:
        assert any(SECRET in secret for secret in given.secrets())


@pytest.mark.parametrize("name", settings.Settings.model_fields)
@pytest.mark.parametrize(
    "value", [f"https://user:{SECRET}@host/?sig={SECRET}", f"whsec_{SECRET}!", f"x@{SECRET}"]
)
def test_no_error_of_a_setting_repeats_what_may_be_a_secret(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"WIREPHOTO_{name.upper()}", value)
    shown = ""
    try:
        shown = repr(settings.load())
    except errors.SettingError as refused:
        shown = str(refused)
        assert f"WIREPHOTO_{name.upper()}" in shown
    if name not in {"data_dir", "projects", "host", "contact"}:  # any text is one of these
        assert SECRET not in shown


def test_secrets_of_the_environment_are_known_to_be_concealed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the bucket")
    given = settings.load(
        webhook_secret="of the webhook",
        database_url="postgresql://db/x?password=of%20the%20database",
    )
    assert given.secrets() == ["of the bucket", "of the webhook", "of the database"]
