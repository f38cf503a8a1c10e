"""The wording of the shipped playbooks passes every gate, as each step would use it, whatever is known of somebody."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from outreach import shipped
from outreach.gates import MessageFacts, check_all
from outreach.gates.near_repeat import REVIEW_FROM, folded_core, likeness
from outreach.rendering import is_plain_sms, placeholders, plain_words, render, sms_segments
from outreach.services.templates import SAMPLE_VALUES
from outreach.shipped import ShippedTemplate
from retention.rules.playbooks.channels import WRITTEN
from retention.rules.playbooks.files import PlaybookFile, read_playbook_file
from retention.shipped import texts

WORDS = {(one.channel, one.angle): one for one in shipped.load_for_playbooks()}
KNOWN = SAMPLE_VALUES | {
    "booking_link": "https://studio.example/book",
    "payment_link": "https://studio.example/pay",
}
#: All that `retention.services.enrolling.drafting` may leave out. What an offer is worth is always known.
NOTHING = dict.fromkeys(KNOWN, "") | {"offer": "15.00 EUR"}
LONG = {name: f"{value} {'and on and on in it ' * 12}" for name, value in KNOWN.items() if "link" not in name} | {
    "first_name": "Maximiliana-Alexandrina",
    "sender_name": "Wolfgang Amadeus Hohenzollern",
    "booking_link": "https://studio.example/" + "a-long-address/" * 6,
    "payment_link": "https://studio.example/" + "a-long-address/" * 6,
}


def playbooks() -> Iterator[PlaybookFile]:
    for name, text in sorted(texts().items()):
        file = read_playbook_file(text)
        assert isinstance(file, PlaybookFile), (name, file)
        yield file


def used() -> list[tuple[str, Mapping[str, Any], ShippedTemplate]]:
    """Every wording with each step that uses it, and what the step says."""
    found = []
    for file in playbooks():
        for step in file.steps:
            for channel in _channels(step):
                found.append((file.name, step, WORDS[channel, step["angle"]]))
    return found


def _channels(step: Mapping[str, Any]) -> tuple[str, ...]:
    if step["channel"] == "call":
        return ()
    return tuple(str(one) for one in WRITTEN) if step["channel"] == "best" else (step["channel"],)


USED = used()


def facts(step: Mapping[str, Any], one: ShippedTemplate, values: Mapping[str, str], **given: Any) -> MessageFacts:
    rendered = render(one.subject, one.body, values, channel=one.channel)
    text = f"{rendered.subject}\n{rendered.body}" if rendered.subject else rendered.body
    return MessageFacts(
        **{
            "channel": one.channel,
            "kind": "follow_up",
            "subject": rendered.subject,
            "body": rendered.body,
            "reason_kind": "quiet_30d",
            "reason_text": "Quiet for 34 days. Last active on 3 May 2026.",
            "word_limit": step["word_limit"],
            "pressure": step.get("pressure", 1),
            "consent": "yes",
            "has_address": True,
            "approved_text": text,
            "sender_name": values["sender_name"],
            "recipient_first_name": values["first_name"],
            **given,
        }
    )


def test_every_wording_is_used_by_a_step_and_every_step_has_its_wording() -> None:
    assert {(one.channel, one.angle) for _, _, one in USED} == WORDS.keys()
    assert not {one.key for one in shipped.load()} & {one.key for one in WORDS.values()}


@pytest.mark.parametrize("values", [KNOWN, NOTHING, LONG], ids=["known", "nothing", "long"])
def test_every_wording_passes_every_gate(values: dict[str, str]) -> None:
    for name, step, one in USED:
        found = check_all(facts(step, one, values, first_message=True))
        assert found == [], (name, one.key, found)


def test_the_wording_itself_is_as_quiet_as_if_somebody_had_typed_it() -> None:
    """Approved words are excused from much. Only the offer names one, and a person reads every offer."""
    hosts = ("studio.example",)
    for name, step, one in USED:
        found = check_all(facts(step, one, KNOWN, approved_text="", link_hosts=hosts))
        wanted = [("commitment", "review")] if step["purpose"] == "offer" else []
        assert [(each.gate, each.severity) for each in found] == wanted, (name, one.key, found)
        assert not {"!", "?"} & {*one.subject, *one.body}, one.key


def test_a_text_message_is_one_segment_of_plain_letters_and_a_push_message_is_short() -> None:
    for one in WORDS.values():
        text = render(one.subject, one.body, KNOWN, channel=one.channel)
        if one.channel == "sms":
            assert is_plain_sms(text.body), one.key
            assert sms_segments(text.body) == 1, (one.key, len(text.body))
            assert sms_segments(render("", one.body, NOTHING, channel="sms").body) == 1, one.key
        if one.channel == "push":
            assert (len(text.subject) <= 40, len(text.body) <= 130) == (True, True), (one.key, len(text.body))


def test_a_playbook_never_repeats_itself_and_each_message_is_shorter_than_the_one_before_it() -> None:
    for file in playbooks():
        before: list[tuple[Mapping[str, Any], str, str]] = []
        for step in file.steps:
            if step["channel"] == "call":
                continue
            bodies = []
            for channel in _channels(step):
                one = WORDS[channel, step["angle"]]
                body = render(one.subject, one.body, KNOWN, channel=channel).body
                for earlier, earlier_channel, text in before:
                    found = check_all(
                        facts(
                            step,
                            one,
                            KNOWN,
                            earlier_messages=(text,),
                            pressure_before=earlier.get("pressure", 1),
                            words_before=plain_words(text) if earlier_channel == channel else None,
                        )
                    )
                    assert found == [], (one.key, found)
                bodies.append((step, channel, body))
            before += bodies


def test_no_two_playbooks_say_the_same() -> None:
    """Somebody may go through several of them, one after the other."""
    cores = {one.key: folded_core(render("", one.body, KNOWN, channel=one.channel).body) for one in WORDS.values()}
    angles = {one.key: one.angle for one in WORDS.values()}
    for one, other in itertools.combinations(cores, 2):
        if angles[one] != angles[other]:
            assert likeness(cores[one], cores[other]) < REVIEW_FROM, (one, other)


def test_only_what_an_offer_is_worth_has_no_word_in_its_place() -> None:
    for one in WORDS.values():
        text = f"{one.subject}\n{one.body}"
        assert placeholders(text) <= KNOWN.keys()
        rendered = render(one.subject, one.body, dict.fromkeys(KNOWN, ""), channel=one.channel)
        left = placeholders(f"{rendered.subject}\n{rendered.body}")
        assert left == ({"offer"} if one.angle == "last_offer" else frozenset()), one.key


GOOD = """
[[template]]
key = "a"
name = "A"
channel = "push"
angle = "some_step"
reason_kind = ""
subject = "A word"
tags = []
body = "Hello."
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('channel = "push"', 'channel = "call"', "channel must be one of email, sms, push, in_app"),
        ('"some_step"', '"Some step"', "angle must be"),
        ('reason_kind = ""', 'reason_kind = "owner_note"', "leave it empty"),
        ('subject = "A word"', 'subject = ""', "needs a subject"),
        ("Hello.", "Hello {nobody}.", "unknown placeholders: nobody"),
    ],
)
def test_broken_wording_of_a_playbook_is_refused_with_its_place(old: str, new: str, says: str) -> None:
    assert len(shipped.parse(GOOD, "x.toml", for_playbook=True)) == 1
    with pytest.raises(shipped.BrokenTemplateError, match=says) as caught:
        shipped.parse(GOOD.replace(old, new), "x.toml", for_playbook=True)
    assert "x.toml, template 1" in str(caught.value)
