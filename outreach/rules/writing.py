"""From a request and approved wording to a text with the gates' findings about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from contacts.states import Consent
from outreach.gates import ColleagueMessage, Finding, MessageFacts, Phrasebook, check_all
from outreach.rendering import fingerprint, render
from outreach.states import Flow, Severity

#: The id under which "there is no approved wording" is noted. It is no gate of its own: the gates judge texts.
NO_WORDING = "wording"


@dataclass(frozen=True, slots=True)
class Wording:
    """One approved wording, as far as writing needs it. ``version_id`` is the primary key of the template version.

    ``brand_id`` and ``topic_id`` are those of its template: in whose name it speaks, and about what.
    """

    version_id: int
    key: str
    channel: str
    angle: str
    reason_kind: str
    language: str
    subject: str
    body: str
    brand_id: int | None = None
    topic_id: int | None = None


@dataclass(frozen=True, slots=True)
class HouseRules:
    """What managers have set for all messages: phrases for the gates, and hosts that messages may link to."""

    phrases: Phrasebook | None = None
    link_hosts: tuple[str, ...] = ()


class Points(NamedTuple):
    """What brings a message or a call forward in its queue. Each point counts as if it was due half an hour earlier.

    ``what`` says what they are for, so that it can stand in a sentence: “High value”, “An unanswered quote”.
    """

    points: int
    what: str


def points_together(reasons: Iterable[Points]) -> int:
    """The priority that these reasons make."""
    return sum(one.points for one in reasons)


class SentText(NamedTuple):
    """A message of ours that left: its text, whose it was (``owner_id``, and ``by`` in words), and when."""

    body: str
    owner_id: int | None
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRequest:
    """Everything a draft is made from. Whoever asks has gathered it; nothing is looked up while writing.

    ``values`` fill the placeholders. ``evidence`` is what was known, a tuple of mappings with ``at`` (ISO 8601),
    ``what`` and ``detail``. ``consent`` is yes, no or unknown on this channel; ``suppressed_by`` the reasons against
    it, strictest first. ``earlier_messages`` are the texts they already got. An empty ``template_key`` means: choose by
    channel, angle and reason. A piece of evidence may have a ``direction`` (``in`` for what they wrote) and a ``link``
    to material that we published. ``flow`` is what the message is part of.

    ``first_message``, ``words_before``, ``pressure_before``, ``locale``, ``colleagues`` and ``known_addresses`` are as
    in `outreach.gates.MessageFacts`. ``priority_reasons`` bring it forward in the queue.
    """

    contact_id: int
    channel: str
    address: str
    kind: str
    angle: str
    due_at: datetime
    flow: str = Flow.CADENCE
    reason_kind: str = ""
    reason_text: str = ""
    why_now: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Mapping[str, Any], ...] = ()
    owner_id: int | None = None
    value: Decimal | None = None
    currency: str = ""
    account_name: str = ""
    word_limit: int = 0
    pressure: int = 2
    priority_reasons: tuple[Points, ...] = ()
    review_reasons: tuple[str, ...] = ()
    template_key: str = ""
    language: str = "en"
    consent: str = "unknown"
    suppressed_by: tuple[str, ...] = ()
    earlier_messages: tuple[str, ...] = ()
    sender_name: str = ""
    recipient_first_name: str = ""
    first_message: bool = False
    words_before: int | None = None
    pressure_before: int | None = None
    locale: str = ""
    colleagues: tuple[ColleagueMessage, ...] = ()
    known_addresses: tuple[str, ...] = ()

    @property
    def priority(self) -> int:
        """All points together."""
        return points_together(self.priority_reasons)


@dataclass(frozen=True, slots=True)
class WrittenText:
    """A text as it would be stored. ``approved_text`` is what the template itself says, with its values filled in."""

    subject: str
    body: str
    approved_text: str
    fingerprint: str
    template_version_id: int | None
    findings: tuple[Finding, ...]
    language: str = "en"
    brand_id: int | None = None
    topic_id: int | None = None

    @property
    def asks_review(self) -> tuple[str, ...]:
        """The ids of the gates that want a person to look, each once, in their order."""
        return review_gates(self.findings)


_NO_RULES = HouseRules()


def write(*, wording: Wording | None, request: DraftRequest, house: HouseRules = _NO_RULES) -> WrittenText:
    """Fill ``wording`` and judge the result. Without wording the text is empty and blocked until a person writes it."""
    if wording is None:
        message = "There is no approved wording for this channel and reason. Write the message, or approve a template."
        finding = Finding(NO_WORDING, Severity.BLOCK, message)
        return WrittenText(
            "", "", "", fingerprint(request.channel, request.address, "", ""), None, (finding,), request.language
        )
    rendered = render(wording.subject, wording.body, request.values, channel=request.channel)
    text = whole_text(rendered.subject, rendered.body)
    facts = facts_of(
        request,
        subject=rendered.subject,
        body=rendered.body,
        approved_text=text,
        language=wording.language,
        house=house,
    )
    return WrittenText(
        subject=rendered.subject,
        body=rendered.body,
        approved_text=text,
        fingerprint=fingerprint(request.channel, request.address, rendered.subject, rendered.body),
        template_version_id=wording.version_id,
        findings=tuple(check_all(facts)),
        language=wording.language,
        brand_id=wording.brand_id,
        topic_id=wording.topic_id,
    )


def facts_of(
    request: DraftRequest,
    *,
    subject: str,
    body: str,
    approved_text: str,
    language: str,
    house: HouseRules = _NO_RULES,
) -> MessageFacts:
    """What the gates are shown about a text that comes from a request."""
    return MessageFacts(
        channel=request.channel,
        kind=request.kind,
        subject=subject,
        body=body,
        language=language,
        reason_kind=request.reason_kind,
        reason_text=request.reason_text,
        word_limit=request.word_limit,
        pressure=request.pressure,
        consent=request.consent if request.consent in Consent.values else "unknown",
        suppressed_by=request.suppressed_by,
        has_address=bool(request.address),
        earlier_messages=request.earlier_messages,
        approved_text=approved_text,
        evidence_texts=evidence_texts(request.reason_text, request.evidence),
        sender_name=request.sender_name,
        recipient_first_name=request.recipient_first_name,
        first_message=request.first_message,
        words_before=request.words_before,
        pressure_before=request.pressure_before,
        locale=request.locale,
        their_texts=their_texts(request.evidence),
        published_links=published_links(request.evidence),
        link_hosts=house.link_hosts,
        known_addresses=request.known_addresses or (request.address,),
        colleagues_messages=request.colleagues,
        phrases=house.phrases,
    )


def evidence_texts(reason_text: str, evidence: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The pieces of evidence in the words they were found in; a message may quote them.

    What has no moment (``at`` is there and empty) is what our own books say, such as the value of a deal: nobody said
    it to anybody, so no message is measured against it.
    """
    details = [str(piece.get("detail") or "") for piece in evidence if piece.get("at") != ""]
    return tuple(dict.fromkeys(text for text in (*details, reason_text) if text.strip()))


def their_texts(evidence: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The pieces of evidence that they wrote. Nothing in them is trusted."""
    return tuple(str(piece["detail"]) for piece in evidence if piece.get("direction") == "in" and piece.get("detail"))


def published_links(evidence: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Links to material that we published, as far as the evidence names any."""
    return tuple(str(piece["link"]) for piece in evidence if piece.get("link"))


def colleagues_messages(
    sent: Iterable[SentText], *, owner_id: int | None, now: datetime
) -> tuple[ColleagueMessage, ...]:
    """What others than ``owner_id`` sent, in the order given. What belongs to nobody was sent by no colleague."""
    return tuple(
        ColleagueMessage(
            text=one.body,
            by=one.by,
            at=f"{one.at.astimezone(UTC).day} {one.at.astimezone(UTC):%B %Y}",
            days_ago=max((now - one.at).days, 0),
        )
        for one in sent
        if one.owner_id is not None and one.owner_id != owner_id and one.at is not None
    )


def whole_text(subject: str, body: str) -> str:
    """Subject and body as one text; a text message has no subject."""
    return f"{subject}\n{body}" if subject else body


def review_gates(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The ids of the gates whose finding asks for a person, each once."""
    return tuple(dict.fromkeys(one.gate for one in findings if one.severity == Severity.REVIEW))
