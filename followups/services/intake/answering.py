"""What all answers share: the case is held while it still asks, and the answer is written to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Now

from contacts.models import Account
from followups.models import IntakeCase, Lead, Ruling
from followups.services.assigning import hold_all
from followups.services.leads import why_not_change
from followups.services.refusals import Refused
from followups.states import CLOSED_STAGES, DecisionReason, IntakeStatus
from outreach.services import NotPermitted
from staff.models import User
from staff.services import record

LONGEST_NOTE = 500
#: What is about whose a lead is: nobody owns it, or two people do.
ABOUT_OWNERS = (DecisionReason.UNOWNED.value, DecisionReason.OWNER_CONFLICT.value)


class StaleCase(Refused):
    """The case does not ask this any more. ``sentence`` says what became of it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What was done, in words, and the leads that are to be decided about again."""

    done: str
    lead_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Held:
    case: IntakeCase
    lead: Lead
    account: Account | None


def why_not_settle(*, lead: Lead, user: User) -> str:
    """Why this person may not answer intake about this lead, in a sentence; empty when they may."""
    if not user.has_perm("followups.settle_intake"):
        return "You may look at this, but not answer it."
    return why_not_change(lead=lead, user=user)


def hold_case(case_id: int, reason: str | None, by: User) -> Held:
    """The case with its lead, held, as long as it still asks for `reason`."""
    lead_id = IntakeCase.objects.filter(pk=case_id).values_list("lead_id", flat=True).first()
    lead = hold_all([lead_id]).get(lead_id) if lead_id is not None else None
    if lead is None:
        raise StaleCase("This lead is not there any more.")
    if refusal := why_not_settle(lead=lead, user=by):
        raise NotPermitted(refusal)
    case = (
        IntakeCase.objects.select_for_update(of=("self",)).select_related("decision__cadence_version").get(pk=case_id)
    )
    if case.status != IntakeStatus.OPEN:
        who = f"{case.settled_by} answered this before" if case.settled_by is not None else "This is settled"
        raise StaleCase(f"{who}: {case.answer}")
    if lead.disposition:
        raise StaleCase("Somebody closed this lead before. There is nothing left to answer.")
    if reason is not None and reason not in case.reasons:
        raise StaleCase("Somebody answered this before. The card shows what is left to decide.")
    return Held(case, lead, lead.account or lead.contact.account)


def hold_about_owner(case_id: int, by: User) -> Held:
    held = hold_case(case_id, None, by)
    if not set(ABOUT_OWNERS) & set(held.case.reasons):
        raise StaleCase("Somebody decided whose lead this is. The card shows what is left to decide.")
    return held


def account_owner(held: Held) -> User:
    owner = held.account.owner if held.account is not None else None
    if owner is None:
        raise Refused("Nobody owns the account of this lead. Give the lead to somebody, or name an owner first.")
    return owner


def refuse_unseen(seen: str, found: str) -> None:
    """An answer is about what was on the screen. Where the facts are others now, it is not one."""
    if seen != found:
        raise StaleCase("The facts changed since you looked. The card shows them as they are now.")


def rule_on(lead: Lead, key: str, note: str, by: User, now: datetime) -> None:
    made, created = Ruling.objects.get_or_create(
        lead=lead, key=key[:300], withdrawn_at=None, defaults={"note": note, "ruled_at": now, "ruled_by": by}
    )
    if created:
        # The key may hold a name, so the audit log says only of which kind the conflict was.
        record(
            action="followups.rule",
            actor=by,
            on=lead,
            summary="Conflict ruled on",
            detail={"ruling": made.pk, "kind": key.partition(":")[0]},
        )
    Lead.objects.filter(pk=lead.pk).update(updated_at=Now())


def answer(held: Held, reason: str, words: str, by: User, now: datetime) -> Answered:
    """One reason is cleared up. The case goes on with the others, or is settled."""
    remaining = [one for one in held.case.reasons if one != reason]
    if not remaining:
        return settle(held, words, by, now)
    IntakeCase.objects.filter(pk=held.case.pk).update(reasons=remaining)
    return _answered(held, words, by, {"reason": reason})


def answer_about_owner(held: Held, words: str, by: User, now: datetime) -> Answered:
    reason = next(one for one in ABOUT_OWNERS if one in held.case.reasons)
    return answer(held, reason, words, by, now)


def settle(held: Held, words: str, by: User, now: datetime) -> Answered:
    settled = {"status": IntakeStatus.SETTLED, "settled_at": now, "settled_by": by, "answer": words[:LONGEST_NOTE]}
    IntakeCase.objects.filter(pk=held.case.pk).update(**settled)
    return _answered(held, words, by, {"settled": True})


def _answered(held: Held, words: str, by: User, detail: dict[str, object]) -> Answered:
    Lead.objects.filter(pk=held.lead.pk).update(updated_at=Now())
    record(action="followups.answer_intake", actor=by, on=held.case, summary="Intake answered", detail=detail)
    return Answered(words, (held.lead.pk,))


def note_of(text: str) -> str:
    """The words without needless space, as long as they may be."""
    return " ".join(text.split())[:LONGEST_NOTE]


def open_leads_of(*contact_ids: int) -> list[int]:
    """The leads of these contacts that a sweep looks at: what is said about a contact concerns them all."""
    found = Lead.objects.filter(contact__in=contact_ids).exclude(stage__in=CLOSED_STAGES)
    return list(found.values_list("pk", flat=True))
