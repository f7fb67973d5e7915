"""The keys of storage."""

import hashlib
import hmac
import posixpath
import re

import obstore
import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore import store as providers

from wirephoto import model
from wirephoto.pipeline.storage import keys

DIGEST = hashlib.sha256(b"a picture").digest()
PROJECTS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=63)
SECRETS = st.binary(min_size=1, max_size=64)
DIGESTS = st.binary(min_size=32, max_size=32)
KINDS = st.sampled_from(model.Kind)


def test_the_key_is_the_hmac_of_the_digest_in_a_folder_of_its_first_two_digits() -> None:
    expected = hmac.new(b"secret", DIGEST, hashlib.sha256).hexdigest()
    found = keys.asset_key("default", b"secret", DIGEST, model.Kind.JPEG)
    assert found == f"default/{expected[:2]}/{expected}.jpg"


@given(PROJECTS, SECRETS, DIGESTS, KINDS)
def test_every_asset_key_is_a_key_and_stays_in_its_project(
    project: str, secret: bytes, digest: bytes, kind: model.Kind
) -> None:
    key = keys.asset_key(project, secret, digest, kind)
    assert keys.is_key(key)
    assert re.fullmatch(rf"{re.escape(project)}/([0-9a-f]{{2}})/\1[0-9a-f]{{62}}\.{kind}", key)
    assert digest.hex() not in key


@given(PROJECTS, SECRETS, SECRETS, DIGESTS, DIGESTS)
def test_keys_are_equal_when_secret_and_content_are(
    project: str, secret: bytes, other_secret: bytes, digest: bytes, other_digest: bytes
) -> None:
    def key(secret: bytes, digest: bytes) -> str:
        return keys.asset_key(project, secret, digest, model.Kind.PNG)

    same_secret = secret.ljust(64, b"\0") == other_secret.ljust(64, b"\0")  # RFC 2104 pads
    assert key(secret, digest) == key(secret, digest)
    assert (key(secret, digest) == key(other_secret, digest)) == same_secret
    assert (key(secret, digest) == key(secret, other_digest)) == (digest == other_digest)


@pytest.mark.parametrize(
    ("project", "secret", "digest"),
    [
        ("", b"secret", DIGEST),
        ("..", b"secret", DIGEST),
        ("a/b", b"secret", DIGEST),
        ("UPPER", b"secret", DIGEST),
        ("a\n", b"secret", DIGEST),
        ("default", b"", DIGEST),
        ("default", b"secret", DIGEST[:31]),
    ],
)
def test_no_key_is_made_without_handle_secret_and_digest(
    project: str, secret: bytes, digest: bytes
) -> None:
    with pytest.raises(ValueError, match=r"^a (key needs|project.s handle)"):
        keys.asset_key(project, secret, digest, model.Kind.PNG)


@given(st.lists(st.sampled_from(["a", "..", ".", "", "/", ".wirephoto", "é", "a.b", "\0"])))
def test_no_key_leads_out_of_storage_or_into_our_own_folder(parts: list[str]) -> None:
    key = "/".join(parts)
    if keys.is_key(key):
        assert posixpath.normpath(posixpath.join("/root", key)) == f"/root/{key}"
        assert not key.startswith(keys.RESERVED)


@given(st.text(max_size=40))
def test_every_key_is_one_for_obstore_too(key: str) -> None:
    if keys.is_key(key):
        memory = providers.MemoryStore()
        obstore.put(memory, key, b"x")
        assert obstore.head(memory, key)["path"] == key


@pytest.mark.parametrize(
    "key", ["a" * 256, "é" * 128, "/".join(["a" * 200] * 6), "a\x7f", "a\n", "\udcff", ".hidden"]
)
def test_what_some_storage_could_not_name_is_no_key(key: str) -> None:
    assert not keys.is_key(key)
