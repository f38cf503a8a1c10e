"""Which version of a playbook is in force: publishing one, and retiring one."""

from __future__ import annotations

from datetime import datetime
from secrets import token_hex

from django.db import transaction

from retention.models import Experiment, Playbook, PlaybookVersion
from retention.rules.playbooks.checks import Grade, shortest_window
from retention.services.playbooks.checking import Sketch, problems_in, refuse, sketch_of
from retention.services.refusals import Refused, require, told
from retention.states import ModelStatus, PlaybookStage
from staff.models import User
from staff.services import record


@transaction.atomic
def publish(*, version: PlaybookVersion, reason: str, by: User | None, now: datetime) -> PlaybookVersion:
    """Put a draft in force and retire the version before it. Whoever is under way stays on the version they began.

    A draft without an experiment gets one with the usual design. A playbook that was for everybody is a pilot again,
    since what was shown was shown of the version before. A playbook without an owner gets whoever publishes it.

    Refuses whoever may not, no reason, a version that is no draft, and everything that is wrong with it or missing
    (`PlaybookHasProblems`).
    """
    require(by, "retention.publish_playbooks", "You may not publish playbooks. Ask somebody who manages retention.")
    reason = told(reason, "why this version is published")
    playbook = Playbook.objects.select_for_update(no_key=True).get(pk=version.playbook_id)
    # The draft may not change between being judged and being published.
    PlaybookVersion.objects.select_for_update().only("pk").get(pk=version.pk)
    sketch = sketch_of(version)
    draft = sketch.version
    if draft.status != ModelStatus.DRAFT:
        raise Refused(f"{draft.name} is {draft.get_status_display().lower()}. Make a new draft and publish that.")
    refuse(problems_in(sketch), Grade.WRONG, Grade.MISSING)
    if sketch.experiment is None:
        _usual_experiment(sketch)
    replaced = playbook.versions.filter(status=ModelStatus.PUBLISHED)
    retired = list(replaced.values_list("pk", flat=True))
    replaced.update(status=ModelStatus.RETIRED, retired_at=now, retired_by=by)
    PlaybookVersion.objects.filter(pk=draft.pk, status=ModelStatus.DRAFT).update(
        status=ModelStatus.PUBLISHED, published_at=now, published_by=by, publish_reason=reason
    )
    was_scaled = playbook.stage == PlaybookStage.SCALED
    playbook.stage = PlaybookStage.PILOT
    playbook.scaled_at = playbook.scaled_by = None
    playbook.scale_reason = ""
    playbook.owner = playbook.owner or by
    playbook.save(update_fields=["stage", "scaled_at", "scaled_by", "scale_reason", "owner"])
    record(
        action="retention.publish_playbook",
        actor=by,
        on=draft,
        summary=f"Published {draft.name}",
        detail={"reason": reason, "retired": retired, "was_scaled": was_scaled},
    )
    return PlaybookVersion.objects.select_related("playbook", "experiment").get(pk=draft.pk)


def _usual_experiment(sketch: Sketch) -> None:
    Experiment.objects.create(
        version=sketch.version,
        question=f"Does “{sketch.version.playbook.title}” bring back more customers than leaving them alone?",
        window_days=shortest_window(sketch.rules),
        salt=token_hex(16),
    )


@transaction.atomic
def retire(*, version: PlaybookVersion, by: User | None, now: datetime, reason: str = "") -> PlaybookVersion:
    """Take a version out of force, or discard a draft. Nobody begins with it; whoever is under way goes on by it.

    Refuses whoever may not, one that is retired, and a published one without a reason.
    """
    Playbook.objects.select_for_update(no_key=True).get(pk=version.playbook_id)
    current = PlaybookVersion.objects.select_for_update(of=["self"]).select_related("playbook").get(pk=version.pk)
    was = ModelStatus(current.status)
    if was == ModelStatus.DRAFT:
        require(by, "retention.change_playbookversion", "You may not change playbooks.")
    else:
        require(by, "retention.publish_playbooks", "You may not retire playbooks. Ask somebody who manages retention.")
    if was == ModelStatus.RETIRED:
        raise Refused(f"{current.name} is retired already.")
    if was == ModelStatus.PUBLISHED:
        reason = told(reason, "why this version is retired")
    PlaybookVersion.objects.filter(pk=current.pk, status=was).update(
        status=ModelStatus.RETIRED, retired_at=now, retired_by=by
    )
    record(
        action="retention.retire_playbook",
        actor=by,
        on=current,
        summary=f"{'Retired' if was == ModelStatus.PUBLISHED else 'Discarded'} {current.name}",
        detail={"reason": reason, "was": was.value},
    )
    current.refresh_from_db()
    return current
