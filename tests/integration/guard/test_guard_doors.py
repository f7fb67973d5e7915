"""The address guard at every door of the running system, where nothing leads out.

``inner_system.py`` runs once, in namespaces of its own where every address is local. It counts
connections at listeners, and the packets that ask for one; the tests read what it saw.
"""

import collections
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.fixtures import figures
from tests.integration.guard import cases, inner_system, listening

pytestmark = [pytest.mark.netns, pytest.mark.timeout(300)]

REASON = "the address is not allowed"
NAME_SERVER = "127.0.0.1 53"  # over TCP, when an answer is long
OPENED = {"10.1.2.3", "10.1.2.0", "10.1.2.255", "fd00::1"}  # by a setting, in the second run
WEB_PORTS = {"80"}
REFUSED = [case for case in cases.all_cases() if case.fate != "arrives"]
ARRIVING = [case for case in cases.all_cases() if case.fate == "arrives"]

Seen = dict[str, Any]


@pytest.fixture(scope="module")
def seen(inner_system: Callable[[str], Seen]) -> Seen:
    return inner_system("guarded")


def asked_for(seen: Seen) -> set[str]:
    """Every address and port that a connection was asked to, but our own name server's."""
    return set(seen["packets"]) - {NAME_SERVER}


def by_name(case: cases.Case) -> str:
    return case.name


@pytest.mark.parametrize("case", REFUSED, ids=by_name)
def test_what_is_not_public_is_refused_at_every_door(case: cases.Case, seen: Seen) -> None:
    outcome = seen["cases"][case.tag]
    if case.fate == "malformed":
        assert outcome["status"] == 400
        assert set(outcome["error_details"]) <= {"images.0.url", "webhook"}
    elif case.door == "webhook":
        assert outcome["status"] == 400
        assert outcome["error_details"] == {"webhook": REASON}
    elif case.door == "webhook by name":
        assert (outcome["delivered"], outcome["problem"]) == (False, REASON)
    else:
        assert_blocked(outcome)
    assert case.tag not in seen["paths"], "it was connected to"


def assert_blocked(row: dict[str, Any]) -> None:
    assert (row["state"], row["code"], row["retryable"]) == ("failed", "blocked_address", False)
    assert not {"httpStatus", "image"} & set(row)


@pytest.mark.parametrize("case", ARRIVING, ids=by_name)
def test_a_public_address_is_reached_right_up_to_the_edges(case: cases.Case, seen: Seen) -> None:
    outcome = seen["cases"][case.tag]
    assert outcome.get("delivered") or outcome["state"] == "success"
    assert seen["paths"][case.tag] == 1


def test_no_packet_asks_for_any_address_but_public_ones_on_web_ports(
    seen: Seen, figures: figures.Figures
) -> None:
    """Not one, in all that these tests do; and those to public addresses all arrived."""
    public = {*cases.ALLOWED_4, *cases.ALLOWED_6}
    many = {f"93.184.216.{n}" for n in range(34, 234)}  # of one name, all public
    stray = {
        place
        for place in asked_for(seen)
        if place.split()[0] not in public | many | OPENED
        or (place.split()[0] not in OPENED and place.split()[1] not in WEB_PORTS)
    }
    assert stray == set()
    assert sum(seen["connections"].values()) == sum(seen["packets"][p] for p in asked_for(seen))
    doors = collections.Counter(case.door for case in cases.all_cases())
    figures.tell(
        cases=len(cases.all_cases()),
        **{door.replace(" ", "_"): count for door, count in doors.items()},
        refused=len(REFUSED),
        connections_to_refused=len(stray),
        allowed=len(ARRIVING),
        allowed_that_arrived=sum(seen["paths"][case.tag] for case in ARRIVING),
    )


def test_there_are_enough_cases_of_both_families_at_every_door() -> None:
    assert len({case.name for case in cases.all_cases()}) == len(cases.all_cases()) > 250
    for door in ("image", "name", "redirect", "webhook", "webhook by name"):
        at_door = [case for case in REFUSED if case.door == door]
        assert sum(":" in case.shown for case in at_door) > 40
        assert sum("." in case.shown for case in at_door) > 40


def test_names_that_flip_between_public_and_loopback_never_lead_to_loopback(
    seen: Seen, figures: figures.Figures
) -> None:
    tries = inner_system.FLIPS["guarded"]
    assert seen["flips"] == {"blocked_address": tries // 2, "success": tries // 2}
    assert seen["asked"]["flips"] == tries, "one resolution a try"
    arrived = [path for path in seen["paths"] if path.startswith("flip")]
    assert len(arrived) == tries // 2
    to_loopback = sum(count for place, count in seen["packets"].items() if is_loopback(place))
    assert to_loopback == 0
    figures.tell(tries=tries, blocked=seen["flips"]["blocked_address"], to_loopback=to_loopback)


def is_loopback(place: str) -> bool:
    return place.startswith(("127.", "::1 ")) and place != NAME_SERVER


@pytest.mark.parametrize(
    "name",
    [
        *("inner", "mixed", "mixed-first", "public-and-private6", "private-and-public6"),
        *("public-and-loopback6", "chain", "chain-to-localhost", "chain-to-metadata"),
        "many-and-one",
    ],
)
def test_one_inner_answer_refuses_the_name_however_it_comes(name: str, seen: Seen) -> None:
    assert_blocked(seen["single"][f"{name}.example.com"])


@pytest.mark.parametrize("name", ["good", "both", "many"])
def test_a_name_with_public_answers_alone_is_fetched(name: str, seen: Seen) -> None:
    assert seen["single"][f"{name}.example.com"]["state"] == "success"


@pytest.mark.parametrize(
    ("name", "retryable"),
    [
        ("nowhere", False),
        ("empty", False),
        ("servfail", True),
        ("refused", True),
        ("silent", True),
    ],
)
def test_a_name_server_that_fails_is_no_answer(name: str, retryable: bool, seen: Seen) -> None:
    row = seen["single"][f"{name}.example.com"]
    assert (row["code"], row["retryable"]) == ("unreachable", retryable)


WAYS = ["by address", "by name", "by redirect", "by redirect to a name"]


@pytest.mark.parametrize("way", WAYS)
def test_a_row_does_not_tell_whether_an_inner_place_is_open_closed_or_filtered(
    way: str, seen: Seen
) -> None:
    rows = []
    for what in inner_system.INNER:
        row = dict(seen["single"][f"{what} {way}"])
        assert_blocked(row)
        del row["externalId"], row["title"]
        rows.append(row)
    assert all(row == rows[0] for row in rows)


@pytest.mark.parametrize("way", ["by address", "by name"])
def test_a_webhook_does_not_tell_it_either(way: str, seen: Seen) -> None:
    tries = [dict(seen["hooks"][f"{what} {way}"]) for what in inner_system.INNER]
    for one in tries:
        one.pop("id", None)
    assert all(one == tries[0] for one in tries)
    assert REASON in json.dumps(tries[0])


@pytest.mark.parametrize("place", ["10.0.0.1", "10.0.0.9"])
def test_nothing_is_asked_of_an_inner_place_so_no_clock_can_tell(
    place: str, seen: Seen, figures: figures.Figures
) -> None:
    assert not [asked for asked in seen["packets"] if asked.startswith(f"{place} ")]
    figures.tell(**{f"{what.replace(' ', '_')}_ms": each for what, each in seen["times"].items()})


@pytest.mark.parametrize("status", cases.STATUSES)
def test_a_webhook_s_redirect_is_not_followed(status: int, seen: Seen) -> None:
    outcome = seen["hooks"][str(status)]
    assert (outcome["delivered"], outcome["http_status"]) == (False, status)
    assert "hook-reached" not in seen["paths"]


def test_nothing_but_a_redirect_leads_on(seen: Seen) -> None:
    assert seen["single"]["refresh"]["state"] == "success"
    assert seen["single"]["choices"]["httpStatus"] == 300
    assert not {"refresh-reached", "choices-reached"} & set(seen["paths"])


def test_what_a_svg_refers_to_is_never_fetched(seen: Seen) -> None:
    assert seen["single"]["svg"]["state"] == "success"
    assert "svg-reached" not in seen["paths"]


def test_proxies_of_the_environment_and_netrc_have_no_effect(seen: Seen) -> None:
    """Every process of this run has them all set; see ``inner_system.PROXIES``."""
    proxy = f"10.0.0.1 {listening.PROXY_PORT}"
    assert proxy not in seen["packets"]
    assert seen["heads"]
    for head in seen["heads"]:
        assert head.split(" ")[1].startswith("/"), "a proxy would get the whole URL"
        assert "authorization" not in head.lower()


@pytest.mark.parametrize("way", ["direct", "redirect"])
def test_our_own_listener_is_no_origin(way: str, seen: Seen) -> None:
    assert_blocked(seen["own"][way])


def test_our_own_listener_is_no_receiver(seen: Seen) -> None:
    assert seen["own"]["webhook"]["error_details"] == {"webhook": REASON}


@pytest.mark.parametrize("name", sorted(inner_system.own_names(0)))
def test_our_own_listener_is_shut_on_every_address_even_in_opened_networks(
    name: str, seen: Seen
) -> None:
    assert_blocked(seen["opened"]["rows"][name])


@pytest.mark.parametrize("url", inner_system.OPEN)
def test_an_opened_network_is_reached_on_every_port_to_its_edges(url: str, seen: Seen) -> None:
    assert seen["opened"]["rows"][url]["state"] == "success"


@pytest.mark.parametrize("url", inner_system.STILL_SHUT)
def test_beside_an_opened_network_everything_stays_shut_and_metadata_in_it(
    url: str, seen: Seen
) -> None:
    assert_blocked(seen["opened"]["rows"][url])


def test_the_start_says_loudly_what_was_opened(seen: Seen) -> None:
    lines = [json.loads(line) for line in seen["opened"]["log"].splitlines()]
    (line,) = [line for line in lines if line["event"] == "address_guard_opened"]
    assert line["level"] == "warning"
    assert line["networks"] == inner_system.OPENED.split(",")
    assert "address_guard_opened" not in seen["log"]


def test_what_an_inner_place_answers_is_nowhere(seen: Seen) -> None:
    del seen["heads"]
    assert "inner secret" not in json.dumps(seen)
    assert "Inner Words" not in json.dumps(seen)
