"""What every gate says about a text that somebody tries out. Nothing is stored, and it is about nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from contacts.states import HEADING_OF_CHANNEL
from outreach.gates import BODY, GATE_NAMES, GATES, SUBJECT, Finding, MessageFacts
from outreach.marking import Segment, segments
from outreach.rendering import one_line, plain_words, sms_segments, tidy
from outreach.rules.writing import HouseRules, whole_text
from outreach.states import Severity

#: What a gate looks at that a text by itself does not have.
NOT_JUDGED: Mapping[str, str] = {
    "consent": "Depends on the person: consent, suppressions and addresses.",
    "reason": "Depends on the lead: the useful reason it rests on.",
    "colleague": "Depends on the person: what colleagues sent them.",
}
#: Between two earlier messages in one field: a line of dashes or equals signs.
_BETWEEN = re.compile(r"^[^\S\n]*(?:-{3,}|={3,})[^\S\n]*$", re.MULTILINE)
_STRONGEST = (Severity.BLOCK, Severity.REVIEW, Severity.NOTE)
_WORDS = {Severity.BLOCK: "Stops", Severity.REVIEW: "Asks for a look", Severity.NOTE: "Note"}
PASSED, LEFT_OUT = "passed", "left_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A text to try, with what a draft would know; None and empty mean that there is none.

    ``earlier`` holds earlier messages, parted by lines of dashes. ``approved`` begins with its subject or title where
    the channel has one. ``evidence`` is what they wrote or what we know, a piece a line.
    """

    channel: str
    kind: str
    subject: str
    body: str
    locale: str = ""
    first_message: bool = False
    earlier: str = ""
    approved: str = ""
    evidence: str = ""
    word_limit: int = 0
    pressure: int = 3
    words_before: int | None = None
    pressure_before: int | None = None


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """What one gate says: ``verdict`` is block, review, note, passed or left_out, ``label`` the same in words."""

    gate: str
    name: str
    verdict: str
    label: str
    findings: tuple[Finding, ...] = ()
    why_left_out: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """All verdicts, and the text with the words marked. ``heading`` is what its channel calls the line above it."""

    verdicts: list[GateVerdict]
    heading: str
    subject: list[Segment]
    body: list[Segment]
    words: int
    sms_segments: int

    @property
    def stopped(self) -> bool:
        return any(one.verdict == Severity.BLOCK for one in self.verdicts)

    @property
    def looked_at(self) -> bool:
        return any(one.verdict == Severity.REVIEW for one in self.verdicts)


def try_text(trial: Trial, house: HouseRules) -> Tried:
    """Judge a text as a draft of it would be judged. The same text and the same house rules give the same verdicts."""
    facts = facts_of(trial, house)
    found = {gate: tuple(check(facts)) for gate, check in GATES if gate not in NOT_JUDGED}
    marks = [
        (span.field, (span.start, span.end, str(one.severity)))
        for findings in found.values()
        for one in findings
        for span in one.spans
    ]
    return Tried(
        # What stops or wants a look comes first; below it the checks keep their order.
        verdicts=sorted((_verdict(gate, found.get(gate)) for gate, _ in GATES), key=_gravity),
        heading=HEADING_OF_CHANNEL.get(trial.channel, ""),
        subject=segments(facts.subject, [mark for field, mark in marks if field == SUBJECT]),
        body=segments(facts.body, [mark for field, mark in marks if field == BODY]),
        words=plain_words(facts.body),
        sms_segments=sms_segments(facts.body),
    )


def facts_of(trial: Trial, house: HouseRules) -> MessageFacts:
    """The text as the gates would see it in a draft: tidied in the same way."""
    with_heading = trial.channel in HEADING_OF_CHANNEL
    subject = one_line(trial.subject) if with_heading else ""
    approved = tidy(trial.approved)
    if with_heading and approved:
        first, _, rest = approved.partition("\n")
        approved = whole_text(first.strip(), rest.strip())
    evidence = tuple(line.strip() for line in trial.evidence.splitlines() if line.strip())
    return MessageFacts(
        channel=trial.channel,
        kind=trial.kind,
        subject=subject,
        body=tidy(trial.body),
        word_limit=trial.word_limit,
        pressure=trial.pressure,
        consent="yes",
        has_address=True,
        earlier_messages=tuple(text.strip() for text in _BETWEEN.split(trial.earlier) if text.strip()),
        approved_text=approved,
        evidence_texts=evidence,
        their_texts=evidence,
        first_message=trial.first_message,
        words_before=trial.words_before,
        pressure_before=trial.pressure_before,
        locale=trial.locale,
        link_hosts=house.link_hosts,
        phrases=house.phrases,
    )


def _verdict(gate: str, findings: tuple[Finding, ...] | None) -> GateVerdict:
    name = GATE_NAMES[gate]
    if findings is None:
        return GateVerdict(gate, name, LEFT_OUT, "Not judged here", why_left_out=NOT_JUDGED[gate])
    if not findings:
        return GateVerdict(gate, name, PASSED, "Passed")
    strongest = min((one.severity for one in findings), key=_STRONGEST.index)
    return GateVerdict(gate, name, strongest.value, _WORDS[strongest], findings)


def _gravity(one: GateVerdict) -> int:
    found = [severity.value for severity in _STRONGEST]
    return found.index(one.verdict) if one.verdict in found else len(found)
