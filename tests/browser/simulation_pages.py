"""The pages of simulations, and what they need to stand on."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse
from django.utils import timezone

from followups.models import Cadence, Simulation
from followups.services import new_draft_version, request_simulation, run_simulation
from followups.states import SimulationStatus, VersionStatus
from staff.models import User


def simulation(status: str, name: str = "simulation", query: str = "") -> Callable[[], str]:
    def find() -> str:
        return reverse(f"followups:{name}", args=[Simulation.objects.filter(status=status).latest("pk").pk]) + query

    return find


DONE, WAITING = SimulationStatus.DONE.value, SimulationStatus.WAITING.value
SIMULATION_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("simulations", "manager", lambda: reverse("followups:simulate")),
    ("simulation", "manager", simulation(DONE)),
    ("simulation that waits", "manager", simulation(WAITING)),
    (
        "leads of a simulation",
        "manager",
        simulation(DONE, "simulated_leads", "?now=continue&then=continue"),
    ),
    (
        "leads of an empty cell of a simulation",
        "manager",
        simulation(DONE, "simulated_leads", "?now=nurture&then=continue"),
    ),
]
#: Addresses that only take something.
POSTED_TO_SIMULATIONS = {"cancel_simulation"}


def rare_simulations() -> None:
    """What the sample world does not show: a draft that was simulated, and is being simulated again."""
    now, by = timezone.now(), User.objects.get(username="manager")
    cadence = Cadence.objects.get(name="default")
    draft = cadence.versions.filter(status=VersionStatus.DRAFT).first() or new_draft_version(cadence=cadence, by=by)
    draft.min_gap_days, draft.wait_unanswered_quote = 3, 2
    draft.save()
    run_simulation(simulation_id=request_simulation(version=draft, by=by, now=now).pk)
    request_simulation(version=draft, by=by, now=now)
