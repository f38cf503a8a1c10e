"""The design of an experiment: open to change until its first customer is assigned, and never after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from retention.models import Experiment
from retention.rules.playbooks.checks import Grade
from retention.services.playbooks.checking import problems_if, refuse
from retention.services.playbooks.rows import put_experiment
from retention.services.refusals import Refused, require
from retention.states import ExperimentStatus
from staff.models import User
from staff.services import record

#: Why each part of a design stays as it is, once somebody was assigned.
WHY_LOCKED = {
    "kpi": "Whoever chooses the number after seeing the numbers finds what they want to find",
    "window_days": "Those counted so far had the old window",
    "holdout_percent": "Those drawn before and after would not be alike",
    "salt": "Everybody would be drawn anew",
    "baseline_percent": "What was expected was expected before",
    "min_effect": "What is worth finding was said before anybody looked",
    "alpha_percent": "How sure one has to be was said before anybody looked",
    "power_percent": "How many it takes was worked out from it",
    "pre_days": "What they did before was counted over the old days",
    "staggered": "Nobody can be held out, or let in by waves, in hindsight",
    "waves": "Everybody is in a wave already",
    "wave_days": "Waves that began cannot begin at another time",
    "question": "An answer to another question is no answer",
}


@transaction.atomic
def edit_design(*, experiment: Experiment, changes: Mapping[str, Any], by: User | None, now: datetime) -> Experiment:
    """Change the design of an experiment that nobody has been assigned to, of a published version too.

    ``changes`` are columns by name. Refuses whoever may not, a locked design with the reason for what is asked, and
    what is wrong with the design (`PlaybookHasProblems`).
    """
    require(by, "retention.publish_playbooks", "You may not change experiments. Ask somebody who manages retention.")
    current = Experiment.objects.select_for_update(of=("self",)).select_related("version").get(pk=experiment.pk)
    if current.status != ExperimentStatus.DRAFT:
        raise Refused(_why_locked(changes))
    # What is to be said about the rest of the version was said when that was published.
    found = problems_if(version=current.version, changes={}, experiment=changes)
    refuse((one for one in found if one.where.startswith("experiment")), Grade.WRONG, Grade.MISSING)
    refuse(put_experiment(current, changes), Grade.WRONG, Grade.MISSING)
    # What the old design asked for does not count any more; it is worked out anew when the first customer begins.
    current.required_treated = current.required_holdout = None
    current.save()
    record(
        action="retention.edit_experiment",
        actor=by,
        on=current,
        summary=f"Changed the design of experiment {current.pk}",
        detail={"changed": sorted(changes), "at": now.isoformat()},
    )
    return current


def _why_locked(changes: Mapping[str, Any]) -> str:
    name = next(iter(changes), "")
    because = f" {WHY_LOCKED[name]}." if name in WHY_LOCKED else ""
    return (
        "The experiment is locked since its first customer was assigned. Nothing of its design changes until it is "
        f"decided.{because} Decide it, and make a new version with another design."
    )
