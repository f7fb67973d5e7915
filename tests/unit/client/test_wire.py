"""When a call is sent again, and what an answer means."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from wirephoto.client import errors, wire

ASK = wire.Ask("GET", "/somewhere")
AWAY = wire.NoAnswer("refused", sent=False)


def answer(status: int, document: object, **headers: str) -> wire.Answer:
    return wire.Answer(status, headers, json.dumps(document).encode())


def drive(
    answers: Sequence[wire.Answer | wire.NoAnswer], ask: wire.Ask = ASK, patience: float = 300
) -> tuple[Any, list[float]]:
    """The result of a call that gets these answers, and the seconds it would have waited."""
    coming = iter(answers)
    waited: list[float] = []
    flow = wire.call(ask, patience)
    sent: wire.Answer | wire.NoAnswer | None = None
    try:
        while True:
            step = flow.send(sent)
            if isinstance(step, wire.Wait):
                waited.append(step.seconds)
                sent = None
            else:
                sent = next(coming)
    except StopIteration as done:
        return done.value, waited


def test_a_server_that_is_away_is_asked_again_ever_less_often() -> None:
    result, waited = drive([AWAY, answer(503, {}), AWAY, answer(200, {"id": "1"})])
    assert result == {"id": "1"}
    assert 0.4 <= waited[0] <= 0.6
    assert waited[0] < waited[1] < waited[2] <= 2.4


def test_retry_after_is_heeded() -> None:
    _, waited = drive([answer(503, {}, **{"retry-after": "17"}), answer(200, {})])
    assert waited == [17.0]


def test_patience_ends() -> None:
    with pytest.raises(errors.ServerAway, match="refused"):
        drive([AWAY], patience=0)


def test_what_may_have_been_done_is_not_sent_again_where_twice_does_harm() -> None:
    once = wire.Ask("POST", "/retry", repeatable=False)
    with pytest.raises(errors.ServerAway, match="may have been done"):
        drive([wire.NoAnswer("reset", sent=True)], once)
    result, _ = drive([AWAY, answer(200, {"id": "2"})], once)
    assert result == {"id": "2"}


def test_a_refusal_names_each_fault() -> None:
    refusal = answer(400, {"status": 400, "error_details": {"images.3.url": "is empty"}})
    with pytest.raises(errors.Refused) as caught:
        drive([refusal])
    assert (caught.value.status, caught.value.details) == (400, {"images.3.url": "is empty"})


def test_a_fault_of_the_server_names_the_request_that_its_log_knows() -> None:
    fault = answer(
        500, {"error_details": {"internal": "A fault of ours"}}, **{"x-request-id": "r7"}
    )
    with pytest.raises(errors.Refused, match=r"A fault of ours \(request r7\)") as caught:
        drive([fault])
    assert caught.value.request == "r7"


def test_a_full_quota_is_read_from_its_array() -> None:
    full = answer(429, [{"error_details": {"message": "no room"}}], **{"retry-after": "3600"})
    with pytest.raises(errors.OverQuota) as caught:
        drive([full])
    assert (caught.value.retry_after, caught.value.details) == (3600.0, {"message": "no room"})


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[]", b'"x"', b"[1]"])
def test_an_error_of_another_program_is_told_from_ours(body: bytes) -> None:
    with pytest.raises(errors.NotWirephoto):
        drive([wire.Answer(404, {}, body)])
