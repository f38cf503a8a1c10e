"""The shipped wording passes every gate with short, long and missing values."""

import itertools
from dataclasses import replace

import pytest

from outreach import shipped
from outreach.gates import MessageFacts, check_all
from outreach.gates.near_repeat import REVIEW_FROM, likeness
from outreach.rendering import core_span, placeholders, plain_words, render, required_placeholders, sms_segments

TEMPLATES = shipped.load()
WORD_LIMITS = {shipped.REMIND: (90, 3), shipped.ANOTHER_ANGLE: (60, 2), shipped.CLOSE_LOOP: (40, 1)}

TYPICAL = {
    "first_name": "Anna",
    "sender_name": "Jane Miller",
    "account_name": "Harbour Dance",
    "next_step": "send the floor plan",
    "next_step_on": "3 May",
    "question": "Is there room for two more people on Tuesdays?",
    "quote_on": "3 May",
    "proposal_on": "28 April",
    "engagement": "opened our proposal",
    "material_title": "Quiet floors in old houses",
    "material_link": "https://example.org/floors",
    "note": "the large room is being rebuilt in June.",
}
LONG = {
    **dict.fromkeys(TYPICAL, "with ever so many small words that go on and on in it " * 12),
    "first_name": "Maximiliana-Alexandrina",
    "sender_name": "Wolfgang Amadeus Hohenzollern",
    "next_step_on": "30 September",
    "quote_on": "30 September",
    "proposal_on": "30 September",
    "question": "Could you “please” tell us {name} whether <b>all</b> of it, and I mean all, is there?\r\n" * 8,
    "material_link": "https://example.org/" + "a-long-address/" * 6,
}
MISSING = {name: "" if name in shipped.OPTIONAL else value for name, value in TYPICAL.items()}


def facts(template: shipped.ShippedTemplate, values: dict[str, str], *, approved: bool = True) -> MessageFacts:
    rendered = render(template.subject, template.body, values, channel=template.channel)
    limit, pressure = WORD_LIMITS[template.angle]
    return MessageFacts(
        channel=template.channel,
        kind="close_loop" if template.angle == shipped.CLOSE_LOOP else "follow_up",
        subject=rendered.subject,
        body=rendered.body,
        reason_kind=template.reason_kind,
        reason_text="They asked about room for two.",
        word_limit=limit,
        pressure=pressure,
        consent="yes",
        has_address=True,
        approved_text=f"{rendered.subject}\n{rendered.body}" if approved else "",
        sender_name=values["sender_name"],
    )


def test_there_is_a_template_for_every_reason_step_and_channel() -> None:
    wanted = set(itertools.product(shipped.REASON_KINDS, (shipped.REMIND, shipped.ANOTHER_ANGLE), shipped.CHANNELS))
    wanted |= {("", shipped.CLOSE_LOOP, channel) for channel in shipped.CHANNELS}
    assert len(TEMPLATES) == len(wanted)
    assert {(t.reason_kind, t.angle, t.channel) for t in TEMPLATES} == wanted
    assert len({t.key for t in TEMPLATES}) == len({t.name for t in TEMPLATES}) == len(TEMPLATES)


@pytest.mark.parametrize("values", [TYPICAL, LONG, MISSING], ids=["typical", "long", "missing"])
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.key)
def test_every_template_passes_every_gate(template: shipped.ShippedTemplate, values: dict[str, str]) -> None:
    found = facts(template, values)
    assert check_all(found) == []
    # Nor does any of them promise something, should it be the first that they get.
    assert check_all(replace(found, first_message=True)) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.key)
def test_the_wording_itself_promises_nothing(template: shipped.ShippedTemplate) -> None:
    published = replace(facts(template, TYPICAL, approved=False), published_links=(TYPICAL["material_link"],))
    assert check_all(published) == []
    text = template.subject + template.body
    assert "!" not in text
    assert text.count("?") == (0 if template.angle == shipped.CLOSE_LOOP else 1)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.key)
def test_the_words_stay_within_the_step_even_with_long_values(template: shipped.ShippedTemplate) -> None:
    message = facts(template, LONG)
    assert plain_words(message.body) <= WORD_LIMITS[template.angle][0]
    assert len(message.subject) <= 78
    if template.channel == "sms":
        assert sms_segments(message.body) <= 3


@pytest.mark.parametrize("template", [t for t in TEMPLATES if t.channel == "sms"], ids=lambda t: t.key)
def test_a_name_outside_the_plain_letters_still_fits_a_text_message(template: shipped.ShippedTemplate) -> None:
    findings = check_all(facts(template, {**TYPICAL, "first_name": "Łukasz"}))
    assert [(one.gate, one.severity) for one in findings] == [("plain_sms", "note")]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.key)
def test_a_missing_piece_of_evidence_stops_the_message(template: shipped.ShippedTemplate) -> None:
    needed = required_placeholders(template.subject + template.body)
    assert "sender_name" in needed
    for name in needed:
        findings = check_all(facts(template, {**TYPICAL, name: ""}))
        assert "unfilled" in {finding.gate for finding in findings}, name


def test_only_the_evidence_of_its_own_reason_is_asked_for() -> None:
    own = {
        "unanswered_question": {"question"},
        "open_next_step": {"next_step", "next_step_on"},
        "quote_unanswered": {"quote_on"},
        "proposal_unanswered": {"proposal_on"},
        "new_engagement": {"engagement"},
        "new_material": {"material_title", "material_link"},
        "owner_note": {"note"},
        "": set(),
    }
    for template in TEMPLATES:
        asked = placeholders(template.subject + template.body) - {"first_name", "sender_name"}
        assert asked <= own[template.reason_kind], template.key
        assert required_placeholders(template.body).isdisjoint(shipped.OPTIONAL), template.key


@pytest.mark.parametrize("kind", shipped.REASON_KINDS)
def test_the_second_step_does_not_repeat_the_first(kind: str) -> None:
    texts = []
    for template in (t for t in TEMPLATES if t.reason_kind == kind):
        body = render(template.subject, template.body, TYPICAL, channel=template.channel).body
        start, end = core_span(body)
        texts.append((template, body[start:end].casefold()))
    for (one, first), (other, second) in itertools.combinations(texts, 2):
        if one.angle != other.angle:
            assert likeness(first, second) < REVIEW_FROM, (one.key, other.key)


def test_close_loop_says_that_we_stop_and_leaves_the_door_open() -> None:
    for template in (t for t in TEMPLATES if t.angle == shipped.CLOSE_LOOP):
        assert "will not write" in template.body
        assert "If it comes up later" in template.body


GOOD = """
[[template]]
key = "a"
name = "A"
channel = "sms"
angle = "remind"
reason_kind = "owner_note"
subject = ""
tags = []
body = "Hello. {note} Reply STOP to stop."
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('key = "a"', "", "missing or unknown: key"),
        ('key = "a"', 'key = ""', "empty"),
        ('channel = "sms"', 'channel = "fax"', "channel must be one of"),
        ('channel = "sms"', 'channel = "email"', "subject"),
        ('angle = "remind"', 'angle = "nag"', "angle must be"),
        ('angle = "remind"', 'angle = "close_loop"', "does not go with this angle"),
        ('"owner_note"', '"elapsed_time"', "does not go with this angle"),
        ("{note}", "{nots}", "unknown placeholders: nots"),
        ("tags = []", "tags = [1]", "list of words"),
        ('name = "A"', "name = 7", "must be text"),
        ('name = "A"', 'name = "A', "cannot be read"),
    ],
)
def test_a_broken_template_is_refused_with_its_place(old: str, new: str, says: str) -> None:
    assert len(shipped.parse(GOOD, "x.toml")) == 1
    with pytest.raises(shipped.BrokenTemplateError, match=says) as caught:
        shipped.parse(GOOD.replace(old, new), "x.toml")
    assert "x.toml" in str(caught.value)
