"""Playbooks that stand still: nobody enters, no step is taken. A guardrail may stop one; a person lets it go on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from retention.models import Enrolment, Playbook, PlaybookPause
from retention.services.refusals import Refused, require, told
from retention.services.withdrawing import withdraw_of_playbook
from retention.states import Guardrail
from staff.models import User
from staff.services import record

_MAY_NOT = "You may not pause playbooks or let them go on. Ask somebody who manages retention."


@transaction.atomic
def pause_playbook(
    *, playbook: Playbook, reason: str, by: User | None, now: datetime, guardrail: str = ""
) -> PlaybookPause:
    """Make a playbook stand still, and take back what waits. ``guardrail`` names the one that stopped it.

    Refuses whoever may not, no reason, and a playbook that stands still already.
    """
    require(by, "retention.pause_playbooks", _MAY_NOT)
    reason = told(reason, "why it is paused")
    if guardrail and guardrail not in Guardrail.values:
        raise Refused(f"There is no guardrail “{guardrail}”. There are {', '.join(Guardrail.values)}.")
    locked = Playbook.objects.select_for_update(no_key=True).get(pk=playbook.pk)
    if locked.pauses.filter(resumed_at__isnull=True).exists():
        raise Refused(f"{locked.title} stands still already.")
    pause = PlaybookPause.objects.create(
        playbook=locked, reason=reason, guardrail=guardrail, paused_at=now, paused_by=by
    )
    # An approved message would otherwise leave while it stands still.
    taken = withdraw_of_playbook(locked.pk, f"{locked.title} was paused. Nothing was sent.", now)
    record(
        action="retention.pause_playbook",
        actor=by,
        on=locked,
        summary=f"Paused {locked.name}",
        detail={"reason": reason, "guardrail": guardrail, "taken_back": taken},
    )
    return pause


@transaction.atomic
def resume_playbook(*, playbook: Playbook, reason: str, by: User | None, now: datetime) -> PlaybookPause:
    """Let a playbook go on. Everybody in it is looked at by the next sweep.

    Refuses where no person asks, whoever may not, no reason, and a playbook that does not stand still.
    """
    if by is None:
        raise Refused("Only a person lets a playbook go on. Sign in and do it on the playbook's page.")
    require(by, "retention.pause_playbooks", _MAY_NOT)
    reason = told(reason, "why it may go on")
    locked = Playbook.objects.select_for_update(no_key=True).get(pk=playbook.pk)
    pause = locked.pauses.filter(resumed_at__isnull=True).first()
    if pause is None:
        raise Refused(f"{locked.title} does not stand still.")
    pause.resumed_at, pause.resumed_by, pause.resume_reason = now, by, reason
    pause.save(update_fields=["resumed_at", "resumed_by", "resume_reason"])
    Enrolment.objects.filter(playbook=locked, look_at__gt=now).update(look_at=now)
    record(
        action="retention.resume_playbook",
        actor=by,
        on=locked,
        summary=f"Let {locked.name} go on",
        detail={"reason": reason, "pause": pause.pk, "guardrail": pause.guardrail},
    )
    return pause
