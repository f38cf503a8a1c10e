"""The page to try a text on."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.gates import GATES
from outreach.models import Draft, GateFinding
from outreach.rules.writing import HouseRules
from outreach.services import phrases
from outreach.trying import NOT_JUDGED, Trial, try_text
from tests.factories import make_user

URL = "/texts/try/"
GOOD = (
    "Hello Anna,\n\nYou asked whether the evening class has room for two. It has. Shall I keep the places?\n\n"
    "Jane Miller\n\nYou can stop these e-mails here: [[unsubscribe]]"
)


def form(**changes: Any) -> dict[str, Any]:
    return {
        "channel": "email",
        "kind": "follow_up",
        "pressure": "3",
        "subject": "Room in the evening class",
        "body": GOOD,
        **changes,
    }


def trial(**changes: Any) -> Trial:
    return Trial(**{"channel": "email", "kind": "follow_up", "subject": "Room", "body": GOOD, **changes})


def shown(client: Client, **changes: Any) -> dict[str, str]:
    """Each gate's verdict on the page, in words."""
    answer = client.post(URL, form(**changes))
    assert answer.status_code == 200
    text = answer.content.decode()
    rows = re.findall(r'<tr id="gate-(\w+)">.*?<span class="badge [^"]*">([^<]+)</span>', text, re.DOTALL)
    return {gate: html.unescape(label) for gate, label in rows}


@pytest.mark.django_db
def test_it_is_for_those_who_see_drafts(client: Client) -> None:
    assert client.get(URL).status_code == 302
    client.force_login(make_user())
    assert client.get(URL).status_code == 403
    assert client.post(URL, form()).status_code == 403


@pytest.mark.django_db
def test_every_gate_has_its_row_and_nothing_is_stored(client: Client) -> None:
    client.force_login(make_user("Account owner"))
    assert "Try a text" in client.get(URL).content.decode()
    verdicts = shown(client)
    assert list(verdicts) == [gate for gate, _ in GATES]
    assert {gate for gate, label in verdicts.items() if label != "Passed"} == set(NOT_JUDGED)
    assert not Draft.objects.exists()
    assert not GateFinding.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "gate", "label", "words"),
    [
        ({"body": GOOD.replace("has.", "is €990."), "evidence": "It costs €1,200"}, "commitment", "Stops", "€990"),
        (
            {"body": GOOD.replace("It has.", "It is €990."), "approved": "Room\nIt is €1,200."},
            "commitment", "Stops", "€990",
        ),
        ({"body": GOOD.replace("It has.", "You never replied.")}, "guilt", "Stops", "You never replied"),
        ({"body": GOOD.replace("It has.", "Just checking in.")}, "checking_in", "Stops", "Just checking in"),
        ({"body": GOOD.replace("It has.", "It’s <b>HERE</b>")}, "tone", "Note", "HERE"),
        ({"body": GOOD, "earlier": f"Nothing\n---\n{GOOD}"}, "near_repeat", "Stops", "You asked"),
        ({"body": GOOD, "words_before": "5"}, "falling", "Stops", "Hello Anna"),
        (
            {"body": GOOD.replace("It has.", "I promise."), "first_message": "on"},
            "first_promise", "Asks for a look", "promise",
        ),
        ({"body": GOOD, "locale": "de-AT"}, "language", "Asks for a look", "You asked"),
    ],
)  # fmt: skip
def test_a_verdict_and_its_words(client: Client, changes: dict[str, Any], gate: str, label: str, words: str) -> None:
    client.force_login(make_user("Account owner"))
    assert shown(client, **changes)[gate] == label
    page = client.post(URL, form(**changes)).content.decode()
    marks = [html.unescape(mark) for mark in re.findall(r"<mark class=\"mark-\w+\">([^<]*)</mark>", page)]
    assert any(words in mark for mark in marks)
    assert "<b>" not in page


@pytest.mark.django_db
def test_the_managers_phrases_and_hosts_are_used_in_a_fixed_number_of_queries(client: Client) -> None:
    manager = make_user("SDR manager")
    client.force_login(manager)
    shown(client)
    with CaptureQueriesContext(connection) as before:
        assert shown(client)["tone"] == "Passed"
    for number in range(3):
        phrases.add_phrase(gate="tone", phrase=f"evening {number} class", severity="note", by=manager)
        phrases.add_link_host(host=f"docs{number}.northlight.com", by=manager)
    phrases.add_phrase(gate="tone", phrase="evening class", severity="review", by=manager, note="Say when.")
    with CaptureQueriesContext(connection) as after:
        assert shown(client)["tone"] == "Asks for a look"
    assert len(after) == len(before)


@pytest.mark.django_db
def test_htmx_gets_only_the_part(client: Client) -> None:
    client.force_login(make_user("Account owner"))
    whole, part = client.post(URL, form()), client.post(URL, form(), headers={"HX-Request": "true"})
    assert b"<html" in whole.content
    assert b"<html" not in part.content
    assert part.content.strip().startswith(b"<div") and b'id="trying"' in part.content  # noqa: PT018 - one claim


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"body": "  "}, "There is no text to try|This field is required"),
        ({"body": "x" * 10_001}, "at most 10000 characters"),
        ({"locale": "German!"}, "Write it like this: de or de-AT"),
        ({"channel": "pigeon"}, "not one of the available choices"),
        ({"word_limit": "-1"}, "greater than or equal to 0"),
        ({"body": "a\0b"}, "Null characters are not allowed"),
    ],
)
def test_bad_input_is_named_at_its_field(client: Client, changes: dict[str, str], says: str) -> None:
    client.force_login(make_user("Account owner"))
    answer = client.post(URL, form(**changes))
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 200
    assert any(words in text for words in says.split("|"))
    assert 'id="gate-' not in text


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=150), st.text(max_size=80), st.sampled_from(["email", "sms", "push", "in_app", "call"]))
def test_any_text_can_be_tried_and_comes_back_whole(body: str, other: str, channel: str) -> None:
    given = trial(body=body, subject=other, channel=channel, approved=other, evidence=body, earlier=other)
    tried = try_text(given, HouseRules())
    assert try_text(given, HouseRules()) == tried
    assert len(tried.verdicts) == len(GATES)
    assert sum(len(piece.text) for piece in tried.body) <= len(body) + 2


@pytest.mark.django_db
@pytest.mark.parametrize(("channel", "name"), [("email", "subject"), ("push", "title"), ("in_app", "title")])
def test_a_heading_is_judged_where_there_is_one(client: Client, channel: str, name: str) -> None:
    client.force_login(make_user("Account owner"))
    short = {"channel": channel, "body": "The evening class has room for two. Shall I keep the places?"}
    page = client.post(URL, form(**short)).content.decode()
    assert f"The {name} is missing" not in page
    assert re.search(r'<h3 class="message-subject">\s*Room in the evening class', page)
    page = client.post(URL, form(**short, subject="")).content.decode()
    assert f"The {name} is missing" in page
    assert f"No {name}" in page
