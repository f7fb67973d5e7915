"""How a token looks, and what is kept of it."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirephoto.project import tokens

KNOWN = "wp_" + "0" * 38


def test_a_minted_token_has_prefix_random_part_and_checksum() -> None:
    assert re.fullmatch("wp_[0-9A-Za-z]{38}[0-9A-Za-z]{6}", tokens.mint())


def test_minted_tokens_are_well_formed_and_differ() -> None:
    minted = [tokens.mint() for _ in range(1000)]
    assert all(map(tokens.is_well_formed, minted))
    assert len(set(minted)) == len(minted)


def test_the_checksum_is_crc32_in_base62_for_scanners_to_rely_on() -> None:
    assert [end for end in ("1hO5BL", "000000") if tokens.is_well_formed(KNOWN + end)] == ["1hO5BL"]


@given(position=st.integers(0, 46), character=st.sampled_from("0Az_- \né"))
def test_one_wrong_character_is_seen(position: int, character: str) -> None:
    token = tokens.mint()
    changed = token[:position] + character + token[position + 1 :]
    assert tokens.is_well_formed(changed) == (changed == token)


@given(st.text(st.characters(exclude_categories=())))
def test_any_other_text_is_no_token_and_has_a_digest(text: str) -> None:
    assert not tokens.is_well_formed(text)
    assert len(tokens.digest(text)) == 32


@pytest.mark.parametrize("change", [str.lower, str.upper, lambda t: t + "\n", lambda t: " " + t])
def test_a_token_is_taken_exactly_as_it_is(change: object) -> None:
    assert callable(change)
    assert not tokens.is_well_formed(change("wp_" + "aB" * 19 + "aBcDeF"))


def test_the_digest_is_sha256() -> None:
    assert tokens.digest("wp_x") == hashlib.sha256(b"wp_x").digest()


def test_the_scopes_are_a_closed_list() -> None:
    api = ["public-api:read", "public-api:write"]
    assert sorted(tokens.SCOPES) == ["metrics:read", *api, "ui:admin", "ui:read", "ui:write"]


@pytest.mark.parametrize(
    "held", [set(), {"ui:write", "metrics:read"}, tokens.SCOPES - {"ui:admin"}]
)
def test_who_is_no_admin_gives_nothing(held: set[str]) -> None:
    assert tokens.grantable(held) == frozenset()


def test_an_admin_gives_all_of_the_project_and_of_the_installation_what_it_has() -> None:
    assert tokens.grantable({"ui:admin"}) == tokens.SCOPES - {"metrics:read"}
    assert tokens.grantable({"ui:admin", "metrics:read"}) == tokens.SCOPES
