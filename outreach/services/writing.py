"""Drafts come into being: approved wording, filled in, judged by the gates, put before a person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from outreach import rules
from outreach.models import Draft, TemplateVersion
from outreach.rules import DraftRequest, Wording, WrittenText
from outreach.rules.writing import HouseRules
from outreach.services.checking import keep_findings, with_review_gates
from outreach.services.phrases import house_rules
from outreach.states import DraftStatus, TemplateStatus
from staff.services import record


class TemplateLibrary:
    """All approved wording, read once, so that writing thousands of drafts asks the database nothing.

    It comes with what the gates need for every message: the managers' phrases and the hosts that may be linked to.
    """

    def __init__(self, wordings: Iterable[Wording], house: HouseRules | None = None) -> None:
        self.house = house or HouseRules()
        self._by_key: dict[str, Wording] = {}
        self._by_purpose: dict[tuple[str, str, str, str], Wording] = {}
        for one in sorted(wordings, key=lambda wording: wording.key):
            self._by_key[one.key] = one
            self._by_purpose.setdefault((one.channel, one.angle, one.reason_kind, _language(one.language)), one)

    def __len__(self) -> int:
        return len(self._by_key)

    def find(self, channel: str, angle: str, reason_kind: str, language: str = "en") -> Wording | None:
        """The wording for this purpose: in their language, else in English; for this reason, else for any reason."""
        for wanted_reason in dict.fromkeys((reason_kind, "")):
            for wanted_language in dict.fromkeys((_language(language), "en")):
                found = self._by_purpose.get((channel, angle, wanted_reason, wanted_language))
                if found is not None:
                    return found
        return None

    def named(self, key: str, channel: str) -> Wording | None:
        """The wording of one template, if it is approved and made for this channel."""
        found = self._by_key.get(key)
        return found if found is not None and found.channel == channel else None


def library() -> TemplateLibrary:
    """The approved wording as it is now, with the managers' phrases and hosts, in three queries."""
    rows = TemplateVersion.objects.filter(status=TemplateStatus.APPROVED).select_related("template")
    wordings = (
        Wording(
            version_id=row.pk,
            key=row.template.key,
            channel=row.template.channel,
            angle=row.template.angle,
            reason_kind=row.template.reason_kind,
            language=row.template.language,
            subject=row.subject,
            body=row.body,
            brand_id=row.template.brand_id,
            topic_id=row.template.topic_id,
        )
        for row in rows
    )
    return TemplateLibrary(wordings, house_rules())


def write(*, library: TemplateLibrary, request: DraftRequest) -> WrittenText:
    """The text for this request and what the gates say about it. Writes nothing to the database.

    A template asked for by key that is not approved, or made for another channel, gives way to the general choice.
    """
    wording = library.named(request.template_key, request.channel) if request.template_key else None
    if wording is None:
        wording = library.find(request.channel, request.angle, request.reason_kind, request.language)
    return rules.write(wording=wording, request=request, house=library.house)


@transaction.atomic
def store_draft(*, request: DraftRequest, written: WrittenText, now: datetime) -> Draft:
    """Put a written text before its reviewer. The reasons for a review grow by the gates that ask for one."""
    draft = Draft.objects.create(
        contact_id=request.contact_id,
        owner_id=request.owner_id,
        kind=request.kind,
        flow=request.flow,
        channel=request.channel,
        address=request.address,
        template_version_id=written.template_version_id,
        brand_id=written.brand_id,
        topic_id=written.topic_id,
        language=written.language,
        subject=written.subject,
        body=written.body,
        approved_text=written.approved_text,
        fingerprint=written.fingerprint,
        word_limit=request.word_limit,
        pressure=request.pressure,
        first_message=request.first_message,
        words_before=request.words_before,
        pressure_before=request.pressure_before,
        reason_kind=request.reason_kind,
        reason_text=request.reason_text[:500],
        why_now=request.why_now[:500],
        evidence=[dict(piece) for piece in request.evidence],
        review_reasons=with_review_gates(request.review_reasons, written.findings),
        status=DraftStatus.AWAITING_REVIEW,
        priority=request.priority,
        priority_reasons=[one._asdict() for one in request.priority_reasons],
        value=request.value,
        currency=request.currency,
        account_name=request.account_name,
        due_at=request.due_at,
    )
    keep_findings(draft.pk, draft.fingerprint, written.findings)
    record(
        action="outreach.store_draft", on=draft, summary="Draft written",
        detail={"contact": request.contact_id, "template_version": written.template_version_id, "at": now.isoformat()},
    )  # fmt: skip
    return draft


def _language(tag: str) -> str:
    return tag.replace("_", "-").split("-")[0].lower() or "en"
