"""The guard against real connections, in a network namespace that has no way out.

``inner_network.py`` runs all cases once and counts at listeners of its own; the tests here read
what it saw. A guard that fails is seen by a connection that came in, and sends nothing anywhere.
"""

import json
import pathlib
import subprocess
import sys
from typing import Any

import pytest

pytestmark = [pytest.mark.netns, pytest.mark.timeout(180)]

PROGRAM = pathlib.Path(__file__).with_name("inner_network.py")
NAMESPACES = ["unshare", "--net", "--mount"]
PUBLIC = "93.184.216.34"
PUBLIC_6 = "2606:4700::1"

Outcomes = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    try:
        subprocess.run([*NAMESPACES, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("network namespaces are not permitted here (they need root)")
    folder = tmp_path_factory.mktemp("inner-network")
    ran = subprocess.run(
        [*NAMESPACES, sys.executable, PROGRAM, folder],
        check=False,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr, ran.stderr
    found: Outcomes = json.loads(ran.stdout)
    return found


def words(text: str) -> list[str]:
    return text.split()


REFUSED = words("""
    127.0.0.1 127.8.8.8 0.0.0.0 10.0.0.1 169.254.169.254 192.168.1.1 100.64.0.1 168.63.129.16
    127\u30020\u30020\u30021 [::1] [::] [fd00::1] [fd00:ec2::254] [::ffff:10.0.0.1]
    [::ffff:127.0.0.1] [::10.0.0.1] [2002:a00:1::1] [64:ff9b::10.0.0.1]
    [2606:4700::5efe:10.0.0.1] localhost a.localhost search database leaky
    loopback.example.com zero.example.com private.example.com metadata.example.com
    azure.example.com ula.example.com mapped.example.com sixtofour.example.com
    isatap.example.com alias.example.com search.inner.example
""")
MIXED = words("""
    mixed.example.com mixed-first.example.com mixed-6.example.com mixed-4.example.com
    many-and-one.example.com
""")


def assert_refused(outcome: dict[str, Any]) -> None:
    assert outcome == {
        "code": "blocked_address",
        "reason": "the address is not allowed",
        "transient": False,
        "connections": {},
    }


@pytest.mark.parametrize("host", REFUSED)
def test_an_inner_address_is_not_connected_to(host: str, outcomes: Outcomes) -> None:
    assert_refused(outcomes[f"http://{host}/"])


@pytest.mark.parametrize("host", MIXED)
def test_a_name_with_one_inner_answer_is_not_connected_to_at_all(
    host: str, outcomes: Outcomes
) -> None:
    assert_refused(outcomes[f"http://{host}/"])


@pytest.mark.parametrize(
    ("host", "address"),
    [
        (PUBLIC, PUBLIC),
        (f"[{PUBLIC_6}]", PUBLIC_6),
        ("good.example.com", PUBLIC),
    ],
)
def test_a_public_address_is_connected_to_and_seen_by_the_listener(
    host: str, address: str, outcomes: Outcomes
) -> None:
    outcome = outcomes[f"http://{host}/"]
    assert outcome == {"answer": "200 ok", "connections": {f"{address} 80": 1}}


def test_a_name_with_two_public_answers_is_fetched_from_either(outcomes: Outcomes) -> None:
    outcome = outcomes["http://both.example.com/"]
    assert outcome["answer"] == "200 ok"
    assert set(outcome["connections"]) <= {f"{PUBLIC} 80", f"{PUBLIC_6} 80"}


@pytest.mark.parametrize("host", [PUBLIC, "good.example.com"])
@pytest.mark.parametrize(("port", "is_open"), [(80, True), (8080, True), (22, False)])
def test_web_ports_are_open_and_others_are_shut(
    host: str, port: int, is_open: bool, outcomes: Outcomes
) -> None:
    outcome = outcomes[f"http://{host}:{port}/port"]
    if is_open:
        assert outcome["connections"] == {f"{PUBLIC} {port}": 1}
    else:
        assert_refused(outcome)


@pytest.mark.parametrize("host", [PUBLIC, "good.example.com"])
def test_a_service_s_port_is_shut(host: str, outcomes: Outcomes) -> None:
    assert_refused(outcomes[f"http://{host}:6379/port"])


def test_a_redirect_is_handed_over_and_not_followed(outcomes: Outcomes) -> None:
    outcome = outcomes[f"http://{PUBLIC}/redirect"]
    assert outcome == {"answer": "302 ok", "connections": {f"{PUBLIC} 80": 1}}


@pytest.mark.parametrize(
    ("case", "reached"),
    [
        ("http://10.0.0.1:6379/ +10.0.0.0/24", "10.0.0.1 6379"),
        ("http://private.example.com:22/ +10.0.0.0/24", "10.0.0.1 22"),
        ("http://database:6379/ +10.0.0.0/24", "10.0.0.1 6379"),
        ("http://localhost:8080/ +127.0.0.0/8", "127.0.0.1 8080"),
        ("http://localhost:8080/ +::1/128", "::1 8080"),
        ("http://a.localhost/ +127.0.0.0/8", "127.0.0.1 80"),
    ],
)
def test_an_allowed_network_is_reached_on_every_port_by_address_and_by_name(
    case: str, reached: str, outcomes: Outcomes
) -> None:
    assert outcomes[case] == {"answer": "200 ok", "connections": {reached: 1}}


@pytest.mark.parametrize(
    "case",
    [
        "http://192.168.1.1/ +10.0.0.0/24",
        "http://localhost/ +10.0.0.0/24",
        "http://[::ffff:10.0.0.1]/ +10.0.0.0/24",
        "http://mixed.example.com:22/ +10.0.0.0/24",
        "http://good.example.com:22/ +10.0.0.0/24",
        "http://leaky/ +10.0.0.0/24",
        "http://169.254.169.254/ +0.0.0.0/0 +::/0",
        "http://169.254.169.254/ +169.254.169.254/32",
        "http://metadata.example.com/ +0.0.0.0/0 +::/0",
        "http://metadata.example.com/ +169.254.169.254/32",
    ],
)
def test_an_allowed_network_opens_nothing_beside_itself_and_never_metadata(
    case: str, outcomes: Outcomes
) -> None:
    assert_refused(outcomes[case])


def test_a_name_that_flips_between_public_and_loopback_never_reaches_loopback(
    outcomes: Outcomes,
) -> None:
    outcome = outcomes["rebinding"]
    seen = json.loads(outcome["answer"])
    assert seen["200 ok"] == seen["blocked"] == 500
    assert seen["asked"] == 1000, "one resolution a connection"
    assert outcome["connections"] == {f"{PUBLIC} 80": 500}


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        ("turned: kept alive", "200 ok|200 ok|200 okblocked_address"),
        ("turned: retry", "503 ok|blocked_address"),
        ("turned: hop", "302 ok|blocked_address"),
    ],
)
def test_a_name_that_turned_is_judged_anew_at_every_connection_of_a_retry_or_a_hop(
    case: str, answer: str, outcomes: Outcomes
) -> None:
    """A connection that is kept alive stays with the address that was judged."""
    assert outcomes[case] == {"answer": answer, "connections": {f"{PUBLIC} 80": 1}}


def test_nat64_reaches_public_addresses_alone_where_its_prefix_is_set(outcomes: Outcomes) -> None:
    through = outcomes[f"nat64: {PUBLIC}"]
    assert through == {"answer": "200 ok", "connections": {"64:ff9b::5db8:d822 80": 1}}
    for inner in ("10.0.0.1", "169.254.169.254", "127.0.0.1"):
        assert_refused(outcomes[f"nat64: {inner}"])


@pytest.mark.parametrize("case", ["lie: inner", "lie: inner twice", "lie: closed and inner"])
def test_the_connector_refuses_what_a_resolver_let_through(case: str, outcomes: Outcomes) -> None:
    assert_refused(outcomes[case])


@pytest.mark.parametrize("case", ["lie: inner and public", "lie: public and inner"])
def test_racing_for_a_connection_never_tries_a_refused_address(
    case: str, outcomes: Outcomes
) -> None:
    assert outcomes[case]["connections"] == {f"{PUBLIC} 80": 1}


@pytest.mark.parametrize(
    ("host", "transient"),
    [
        ("nowhere.example.com", False),
        ("empty.example.com", False),
        ("servfail.example.com", True),
        ("silent.example.com", True),
    ],
)
def test_a_name_that_does_not_exist_fails_for_good_and_a_name_server_s_fault_for_now(
    host: str, transient: bool, outcomes: Outcomes
) -> None:
    outcome = outcomes[f"http://{host}/"]
    assert outcome["code"] == "unreachable"
    assert outcome["transient"] == transient
    assert outcome["connections"] == {}


def test_eight_answers_of_a_name_are_used(outcomes: Outcomes) -> None:
    assert outcomes["cap of answers"]["answer"] == "8"


def test_proxy_variables_netrc_and_cookies_have_no_effect(outcomes: Outcomes) -> None:
    outcome = outcomes["proxy and netrc"]
    assert outcome["connections"] == {f"{PUBLIC} 80": 2}, "and none to the proxy on port 3128"
    assert "GET /2 HTTP/1.1" in outcome["answer"]
    assert "authorization" not in outcome["answer"].lower()
    assert "cookie" not in outcome["answer"].lower()
