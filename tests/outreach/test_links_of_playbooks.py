"""BOOKING_URL and PAYMENT_URL: what they may be, and that messages may lead there."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks

from outreach.gates import MessageFacts
from outreach.gates.links import check
from outreach.services.phrases import house_rules, why_not_link


@pytest.mark.parametrize(
    "url",
    ["", "https://book.example.com", "https://example.com:8443/a/b?c=d#e", "https://studio.tidewater.example/book"],
)
def test_a_link_or_nothing_is_in_order(url: str) -> None:
    assert why_not_link("BOOKING_URL", url) is None


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://book.example.com", "must begin with https://"),
        ("book.example.com", "must begin with https://"),
        ("https://[book", "must begin with https://"),
        ("https://book.example.com/two words", "has blanks in it"),
        ("https://book.example.com/" + "a" * 300, "more than 300 characters"),
        ("https://us@book.example.com/", "is no plain link"),
        ("https://127.0.0.1/book", "is no plain link"),
        ("https://bit.ly/abc", "is no plain link"),
        ("https://book.example.com/{customer}", "is no plain link"),
        ("https://localhost/book", "is no"),
    ],
)
def test_anything_else_stops_the_start_and_says_what_to_write(url: str, says: str, settings: Any) -> None:
    sentence = why_not_link("PAYMENT_URL", url)
    assert sentence is not None
    assert sentence.startswith("PAYMENT_URL") and says in sentence  # noqa: PT018  one sentence
    settings.PAYMENT_URL = url
    assert [one.msg for one in run_checks() if one.id == "outreach.E003"] == [sentence]


@pytest.mark.django_db
def test_messages_may_lead_there_and_nowhere_else(settings: Any) -> None:
    settings.BOOKING_URL, settings.PAYMENT_URL = "https://Book.example.com/now", "https://pay.example.com/"
    hosts = house_rules().link_hosts
    assert {"book.example.com", "pay.example.com"} <= set(hosts)

    def findings(text: str) -> list[str]:
        facts = MessageFacts(channel="email", kind="follow_up", subject="A", body=text, link_hosts=hosts)
        return [one.message for one in check(facts)]

    assert findings("Here: https://book.example.com/other and https://pay.example.com/x?y=1") == []
    assert len(findings("Here: https://example.com/book")) == 1
