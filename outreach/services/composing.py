"""Texts asked of a language model: each is a row that waits, is written once, judged, and used, offered or refused.

A draft always has its template's text first. The model's text takes its place only while nobody has touched the draft
and nobody has decided, and only when every gate lets it pass. Whatever goes wrong, the template's text stays and the
draft says why.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from contacts.states import HEADING_OF_CHANNEL
from outreach import drafting
from outreach.drafting import Asked, Material
from outreach.gates import Finding
from outreach.models import Composition, Draft
from outreach.rendering import fingerprint as fingerprint_of
from outreach.rendering import one_line, tidy
from outreach.services.checking import findings_of, keep_findings, with_review_gates
from outreach.services.deciding import edit, fresh, locked, require_reviewer
from outreach.services.refusals import Refused, StaleDraft
from outreach.states import CompositionStatus, DraftKind, DraftStatus, Severity, Writer
from staff.models import User
from staff.services import record

#: The reason for a review that a model's text always brings along.
BY_MODEL = "model"
VARIANTS = 2
#: So many texts may be asked for one draft by people, so that a click cannot cost without end.
MOST_PER_DRAFT = 10
#: Gates whose finding a person may let pass, and a model may not.
_NOT_FOR_A_MODEL = frozenset({"commitment", "first_promise", "links", "personal_data"})
_LOCK = 7_300_411
_LONGEST_NOTE = 300


def want_text(*, draft: Draft, now: datetime) -> Composition | None:
    """Note that a new draft's text is to be asked of the model. None where the model is off or has nothing to go by."""
    if not drafting.is_on() or draft.kind == DraftKind.CONFIRMATION or _material(draft) is None:
        return None
    return Composition.objects.create(draft=draft, fingerprint=draft.fingerprint, requested_at=now)


@transaction.atomic
def ask_for_variants(*, draft_id: int, by: User, now: datetime) -> list[Composition]:
    """A reviewer asks for two texts to choose from. Raises NotPermitted, StaleDraft, or Refused with what to do."""
    if not drafting.is_on():
        raise Refused(drafting.what_is_missing() or "No language model is set up. Set LLM_URL and LLM_MODEL.")
    draft = locked(draft_id)
    require_reviewer(draft, by)
    if draft.status != DraftStatus.AWAITING_REVIEW:
        raise StaleDraft(draft)
    if _material(draft) is None:
        raise Refused("There is no approved wording to write from. Write the text yourself.")
    asked = Composition.objects.filter(draft_id=draft_id)
    if asked.filter(status__in=[CompositionStatus.WAITING, CompositionStatus.WRITING]).exists():
        raise Refused("Texts were asked for already. They appear here when they are written.")
    if asked.filter(requested_by__isnull=False).count() + VARIANTS > MOST_PER_DRAFT:
        raise Refused(f"{MOST_PER_DRAFT} texts were asked for this message. Choose one, or write it yourself.")
    made = [
        Composition.objects.create(
            draft=draft, variant=variant, fingerprint=draft.fingerprint, requested_at=now, requested_by=by
        )
        for variant in range(1, VARIANTS + 1)
    ]
    record(action="outreach.ask_for_variants", actor=by, on=draft, summary=f"{VARIANTS} texts asked for")
    return made


def compose_waiting(*, now: datetime, stop: Any) -> int:
    """Write what waits, the oldest first, one at a time over all workers. Returns how many. ``stop`` is asked between.

    One at a time, so that a slow model can never keep the workers from sending.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
    try:
        count = 0
        while not stop():
            waiting = Composition.objects.filter(status=CompositionStatus.WAITING).order_by("id")
            composition_id = waiting.values_list("pk", flat=True).first()
            if composition_id is None:
                break
            compose_one(composition_id=composition_id, now=now)
            count += 1
        return count
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def compose_one(*, composition_id: int, now: datetime) -> Composition:
    """Ask for one text and settle what comes. Harmless when called again: only who claims the row asks."""
    claimed = Composition.objects.filter(pk=composition_id, status=CompositionStatus.WAITING).update(
        status=CompositionStatus.WRITING, started_at=now
    )
    composition = Composition.objects.select_related("draft__contact", "draft__owner").get(pk=composition_id)
    if not claimed:
        return composition
    material = _material(composition.draft)
    if composition.draft.status != DraftStatus.AWAITING_REVIEW or material is None:
        asked = Asked(None, "The message was decided before the text was written.", "", "", settings.LLM_MODEL)
    elif not drafting.is_on():
        asked = Asked(None, "The language model was switched off.", "", "", settings.LLM_MODEL)
    else:
        # Outside every transaction: a slow model must not hold a row.
        asked = drafting.ask(material, variant=composition.variant)
    return _settle(composition, material, asked, now)


@transaction.atomic
def _settle(composition: Composition, material: Material | None, asked: Asked, now: datetime) -> Composition:
    draft = locked(composition.draft_id)
    kept: dict[str, Any] = {
        "model": asked.model[:200],
        "prompt": asked.prompt,
        "answer": asked.raw,
        "input_tokens": asked.input_tokens,
        "output_tokens": asked.output_tokens,
        "cost": asked.cost,
        "finished_at": now,
    }
    status, problem = CompositionStatus.FAILED, asked.problem
    if asked.answer is not None and material is not None:
        subject, body = one_line(asked.answer.subject) or material.subject, ""
        if draft.channel not in HEADING_OF_CHANNEL:
            subject = draft.subject
        kept |= {
            "reason_used": asked.answer.reason_used[:500],
            "evidence_ids": [one[:80] for one in asked.answer.evidence_ids],
            "claims": [{"text": one.text, "evidence": one.evidence_id} for one in asked.answer.claims],
        }
        problem = drafting.why_not_use(asked.answer, material) or ""
        if not problem:
            body = tidy(material.body_with(asked.answer.body))
            findings = findings_of(draft, subject=subject, body=body, now=now)
            problem = _why_gates_refuse(findings)
        status = CompositionStatus.REFUSED if problem else CompositionStatus.OFFERED
        kept |= {"subject": subject[:300], "body": body}
        if not problem and composition.requested_by_id is None and _put_in(draft, composition, subject, body, findings):
            status = CompositionStatus.USED
    if problem and composition.requested_by_id is None:
        Draft.objects.filter(
            pk=draft.pk, status=DraftStatus.AWAITING_REVIEW, fingerprint=composition.fingerprint
        ).update(writing_note=f"{problem} This is the approved wording."[:_LONGEST_NOTE])
    Composition.objects.filter(pk=composition.pk, status=CompositionStatus.WRITING).update(
        status=status, problem=problem[:300], **kept
    )
    record(
        action="outreach.compose", on=draft, summary=f"Text by a language model: {status.label.lower()}",
        detail={"composition": composition.pk, "model": asked.model},
    )  # fmt: skip
    return Composition.objects.get(pk=composition.pk)


def _put_in(draft: Draft, composition: Composition, subject: str, body: str, findings: list[Finding]) -> bool:
    """Give the draft this text, if nobody touched or decided it meanwhile. A person always reads it."""
    after = fingerprint_of(draft.channel, draft.address, subject, body)
    changed = Draft.objects.filter(
        pk=draft.pk, status=DraftStatus.AWAITING_REVIEW, fingerprint=composition.fingerprint
    ).update(
        subject=subject,
        body=body,
        fingerprint=after,
        writer=Writer.MODEL,
        writing_note="",
        review_reasons=list(dict.fromkeys([*with_review_gates(draft.review_reasons, findings), BY_MODEL])),
    )
    if changed:
        keep_findings(draft.pk, after, findings)
    return bool(changed)


@transaction.atomic
def use_text(*, composition_id: int, fingerprint: str, by: User, now: datetime) -> Draft:
    """Take an offered text for the draft, which then awaits its approval. Raises as `outreach.services.edit` does."""
    composition = Composition.objects.filter(pk=composition_id, status=CompositionStatus.OFFERED).first()
    if composition is None:
        raise Refused("This text is not on offer any more.")
    draft = edit(
        draft_id=composition.draft_id,
        fingerprint=fingerprint,
        subject=composition.subject,
        body=composition.body,
        by=by,
        now=now,
    )
    Draft.objects.filter(pk=draft.pk).update(
        writer=Writer.MODEL, review_reasons=list(dict.fromkeys([*draft.review_reasons, BY_MODEL]))
    )
    Composition.objects.filter(pk=composition_id).update(status=CompositionStatus.USED)
    return fresh(draft.pk)


def give_up_lost(*, now: datetime) -> int:
    """End what was being written when its worker died. The template's text stays. Returns how many."""
    lost = Composition.objects.filter(
        Q(started_at__lt=now - timedelta(seconds=4 * settings.LLM_TIMEOUT_SECONDS)), status=CompositionStatus.WRITING
    )
    return lost.update(
        status=CompositionStatus.FAILED, finished_at=now, problem="Writing broke off. The approved wording stays."
    )


def _why_gates_refuse(findings: list[Finding]) -> str:
    """A model may let nothing pass that a person would have to answer for."""
    for one in findings:
        if one.severity == Severity.BLOCK or (one.severity == Severity.REVIEW and one.gate in _NOT_FOR_A_MODEL):
            return f"A check stopped the language model's text: {one.message}"
    return ""


def _material(draft: Draft) -> Material | None:
    """The approved wording and the evidence, whatever the draft says by now."""
    subject, body = "", draft.approved_text
    if draft.subject:
        subject, _, body = draft.approved_text.partition("\n")
    return drafting.material_of(
        channel=draft.channel,
        language=draft.language,
        reason_kind=draft.reason_kind,
        reason_text=draft.reason_text,
        subject=subject,
        body=body,
        approved_text=draft.approved_text,
        word_limit=draft.word_limit,
        pressure=draft.pressure,
        evidence=draft.evidence,
    )
