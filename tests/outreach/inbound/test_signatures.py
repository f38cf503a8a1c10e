"""The signature of the generic webhook."""

from __future__ import annotations

import pytest

from outreach.inbound.webhooks.signatures import WINDOW_SECONDS, is_recent, is_signed, signature

NOW = 1_779_267_600
BODY = b'{"id": "1"}'


@pytest.mark.parametrize(
    ("skew", "accepted"),
    [(0, True), (-WINDOW_SECONDS, True), (WINDOW_SECONDS, True), (-WINDOW_SECONDS - 1, False), (301, False)],
)
def test_clocks_may_differ_by_five_minutes_both_ways(skew: int, accepted: bool) -> None:
    header = signature(BODY, at=NOW + skew, secret="one")
    assert is_signed(header, BODY, now=NOW, secrets=["one"]) is accepted


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1",
        "v1=00",
        f"t={NOW}",
        f"t={NOW},v1=",
        f"t={NOW},v1=" + "0" * 64,
        f"t={NOW},v1=é",
        signature(BODY, at=NOW, secret="other"),
        signature(BODY + b" ", at=NOW, secret="one"),
        signature(BODY, at=NOW, secret="one").replace(str(NOW), str(NOW + 1)),
        f"t={NOW + 9999}," + signature(BODY, at=NOW, secret="one"),
    ],
)
def test_nothing_else_is_a_signature(header: str) -> None:
    assert not is_signed(header, BODY, now=NOW, secrets=["one"])


def test_an_empty_secret_signs_nothing() -> None:
    assert not is_signed(signature(BODY, at=NOW, secret=""), BODY, now=NOW, secrets=[""])


def test_the_old_and_the_new_secret_hold_while_they_are_exchanged() -> None:
    header = signature(BODY, at=NOW, secret="old")
    assert is_signed(header, BODY, now=NOW, secrets=["new", "old"])
    both = header + "," + signature(BODY, at=NOW, secret="new").partition(",")[2]
    assert is_signed(both, BODY, now=NOW, secrets=["new"])


@pytest.mark.parametrize("moment", ["", "-5", "1e9", "٣", "9" * 40, None, "soon"])
def test_a_moment_that_is_none_is_not_recent(moment: object) -> None:
    assert not is_recent(moment, now=NOW)
