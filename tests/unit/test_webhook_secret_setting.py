"""The installation's webhook secret, as it may be written."""

import base64

import pytest

from wirephoto import errors, settings

LENGTHS = (24, 25, 26)  # base64 of these ends in no, two and one pad character


@pytest.mark.parametrize("length", LENGTHS)
def test_a_secret_is_taken_however_its_base64_is_padded(length: int) -> None:
    secret = "whsec_" + base64.b64encode(bytes(range(length))).decode()
    assert settings.load(webhook_secret=secret).webhook_secret is not None


@pytest.mark.parametrize("secret", ["whsec_", "whsec_not base64!", "whsec_ä"])
def test_a_secret_that_says_it_is_base64_must_be(secret: str) -> None:
    with pytest.raises(errors.SettingError, match="WIREPHOTO_WEBHOOK_SECRET"):
        settings.load(webhook_secret=secret)
