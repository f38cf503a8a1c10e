"""What leaves without a person having read it: only what a rule leaves to itself, with all that was known."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Func, Value

from outreach.models import Draft, PolicyApproval, SendingStop
from outreach.services.deciding import NO_APPROVAL, approve
from outreach.states import DraftStatus, StopScope
from staff.services import record

#: The reason for a review that a message gets which would have left by itself.
SWITCHED_OFF = "policy_off"
_SENTENCE = "Sending what no person has read is switched off, so this waits for you."


def policy_is_stopped() -> bool:
    """Whether the one switch is thrown that keeps everything back that no person has read."""
    return SendingStop.objects.filter(scope__in=[StopScope.ALL, StopScope.POLICY], lifted_at__isnull=True).exists()


@transaction.atomic
def approve_by_policy(*, draft_id: int, fingerprint: str, policy: str, now: datetime) -> bool:
    """Approve what no rule and no gate wants a person to read (mission.md 5.3). False when the switch is off.

    ``policy`` says in words which rule leaves it to itself. The same evidence, findings and fingerprint are recorded
    as for a person's decision. With the switch off the message waits for a person, and says why. Raises the refusals
    of `approve`.
    """
    if policy_is_stopped():
        draft = Draft.objects.select_for_update(of=("self",)).get(pk=draft_id)
        Draft.objects.filter(pk=draft_id, status=DraftStatus.AWAITING_REVIEW).update(
            review_reasons=list(dict.fromkeys([*draft.review_reasons, SWITCHED_OFF])), status_reason=_SENTENCE
        )
        return False
    draft = approve(draft_id=draft_id, fingerprint=fingerprint, by=None, now=now)
    PolicyApproval.objects.create(
        draft=draft,
        fingerprint=fingerprint,
        policy=policy[:300],
        evidence=draft.evidence,
        findings=list(
            draft.findings.filter(fingerprint=fingerprint).values("gate", "severity", "message").order_by("id")
        ),
        approved_at=now,
    )
    return True


@transaction.atomic
def take_back_what_nobody_read(*, now: datetime) -> int:
    """Put everything that policy approved and that has not left back before a person. Returns how many.

    For the moment the switch is thrown: what waits for its hour was read by nobody either.
    """
    unread = Draft.objects.filter(status=DraftStatus.APPROVED, decided_by__isnull=True, confirms__isnull=True)
    ids = list(unread.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    count = Draft.objects.filter(pk__in=ids).update(
        **NO_APPROVAL,
        status=DraftStatus.AWAITING_REVIEW,
        review_reasons=Func(F("review_reasons"), Value(SWITCHED_OFF), function="array_append"),
        status_reason=_SENTENCE,
    )
    if count:
        record(
            action="outreach.take_back_unread", summary=f"{count} messages that nobody had read wait for review",
            detail={"count": count, "at": now.isoformat()},
        )  # fmt: skip
    return count
