"""Takes the address guard out of every process that finds this folder in PYTHONPATH.

For the counter-test alone: listeners that never see a connection prove nothing about a guard.
"""

from wirephoto.net import addresses


def _let_through(*_: object) -> None:
    pass


vars(addresses).update(
    check_url=_let_through,
    check_address=_let_through,
    check_answers=_let_through,
    loopback_answers=lambda _: list(addresses.LOOPBACK),
)
