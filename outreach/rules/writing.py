"""From a request and approved wording to a text with the gates' findings about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from contacts.states import Consent
from outreach.gates import Finding, MessageFacts, check_all
from outreach.rendering import fingerprint, render
from outreach.states import Severity

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


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRequest:
    """Everything a draft is made from. Whoever asks has gathered it; nothing is looked up while writing.

    ``values`` fill the placeholders. ``evidence`` is what was known, a tuple of mappings with ``at`` (ISO 8601),
    ``what`` and ``detail``. ``consent`` is yes, no or unknown on this channel; ``suppressed_by`` the reasons against
    it, strictest first. ``earlier_messages`` are the texts they already got. An empty ``template_key`` means: choose by
    channel, angle and reason.
    """

    contact_id: int
    channel: str
    address: str
    kind: str
    angle: str
    due_at: datetime
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
    priority: int = 0
    review_reasons: tuple[str, ...] = ()
    template_key: str = ""
    language: str = "en"
    consent: str = "unknown"
    suppressed_by: tuple[str, ...] = ()
    earlier_messages: tuple[str, ...] = ()
    sender_name: str = ""
    recipient_first_name: str = ""


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


def write(*, wording: Wording | None, request: DraftRequest) -> WrittenText:
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
        request, subject=rendered.subject, body=rendered.body, approved_text=text, language=wording.language
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


def facts_of(request: DraftRequest, *, subject: str, body: str, approved_text: str, language: str) -> MessageFacts:
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
    )


def evidence_texts(reason_text: str, evidence: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The pieces of evidence in the words they were found in; a message may quote them."""
    details = [str(piece.get("detail") or "") for piece in evidence]
    return tuple(dict.fromkeys(text for text in (*details, reason_text) if text.strip()))


def whole_text(subject: str, body: str) -> str:
    """Subject and body as one text; a text message has no subject."""
    return f"{subject}\n{body}" if subject else body


def review_gates(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The ids of the gates whose finding asks for a person, each once."""
    return tuple(dict.fromkeys(one.gate for one in findings if one.severity == Severity.REVIEW))
