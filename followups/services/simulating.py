"""Simulations: what a draft of a cadence would do with every lead, next to what is done now. Only asked for, stopped
and taken up again here; `trying` works them out. Nothing about a lead is ever written.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from followups.models import CadenceVersion, Simulation, SimulationRow
from followups.services.cadences import problems_of, published_version
from followups.services.refusals import CadenceHasProblems, Refused
from followups.states import SimulationStatus, VersionStatus
from staff.models import User
from staff.services import record

UNDER_WAY = (SimulationStatus.WAITING, SimulationStatus.RUNNING)
#: A worker writes with every batch, which takes seconds. One that was silent for so long is gone.
LOST_AFTER = timedelta(minutes=5)
#: The names of a simulation are a row for each lead. They are forgotten after this time; the counts stay.
NAMES_KEPT = timedelta(days=30)


@transaction.atomic
def request_simulation(
    *, version: CadenceVersion, as_of: datetime | None = None, by: User | None, now: datetime
) -> Simulation:
    """Ask what publishing a draft would do to all leads at a moment; none is now.

    Refuses people who may not simulate, versions that are no draft or could not be published, moments still to come,
    and another simulation of a version while one is under way.
    """
    _may(by)
    at = now if as_of is None else as_of
    if at > now:
        raise Refused(f"{at:%-d %B %Y} is still to come. Choose today or a day before it.")
    # The row is locked, so that two clicks at once make one simulation.
    CadenceVersion.objects.select_for_update().get(pk=version.pk)
    current = CadenceVersion.objects.select_related("cadence").prefetch_related("steps__template").get(pk=version.pk)
    if current.status != VersionStatus.DRAFT:
        raise Refused("Only a draft can be simulated. Make a new draft of this cadence first.")
    if problems := problems_of(current):
        raise CadenceHasProblems(problems)
    published_version()
    if current.simulations.filter(status__in=UNDER_WAY).exists():
        raise Refused("This draft is being simulated already. Wait for that, or cancel it.")
    simulation = Simulation.objects.create(version=current, as_of=at, requested_at=now, requested_by=by)
    record(
        action="followups.simulate",
        actor=by,
        on=simulation,
        summary=f"Asked to simulate {current}",
        detail={"version": current.pk, "as_of": at.isoformat()},
    )
    return simulation


@transaction.atomic
def cancel_simulation(*, simulation: Simulation, by: User | None, now: datetime) -> None:
    """Stop a simulation that waits or runs. What it had found so far is forgotten."""
    _may(by)
    stopped = Simulation.objects.filter(pk=simulation.pk, status__in=UNDER_WAY).update(
        status=SimulationStatus.CANCELLED, finished_at=now
    )
    if not stopped:
        raise Refused("This simulation has ended already, so there is nothing to cancel.")
    SimulationRow.objects.filter(simulation=simulation).delete()
    record(action="followups.cancel_simulation", actor=by, on=simulation, summary="Simulation cancelled")


@transaction.atomic
def waiting_simulations(*, now: datetime) -> list[int]:
    """The simulations that nobody works on, oldest first. Those whose worker is gone begin anew."""
    lost = Simulation.objects.filter(status=SimulationStatus.RUNNING, seen_alive_at__lt=now - LOST_AFTER)
    lost.update(status=SimulationStatus.WAITING)
    return list(Simulation.objects.filter(status=SimulationStatus.WAITING).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def forget_simulated_names(*, now: datetime) -> int:
    """Remove the rows of simulations that ended long ago, and say how many there were. Their counts stay."""
    ended = Simulation.objects.filter(finished_at__lt=now - NAMES_KEPT)
    removed, _ = SimulationRow.objects.filter(simulation__in=ended).delete()
    return removed


def names_are_kept_until(simulation: Simulation) -> datetime | None:
    """When the names are forgotten; None while there is no end."""
    return None if simulation.finished_at is None else simulation.finished_at + NAMES_KEPT


def _may(by: User | None) -> None:
    if by is not None and not by.has_perm("followups.add_simulation"):
        raise Refused("You may not simulate cadences. Ask somebody who manages cadences.")
