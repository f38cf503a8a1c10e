"""Drafts to simulate, and what came of simulating them."""

from __future__ import annotations

from typing import Any

from followups import services
from followups.models import Cadence, CadenceVersion, Simulation, SimulationRow
from staff.models import User
from tests.followups.making import NOW


def default_draft(**changes: Any) -> CadenceVersion:
    """A new draft of the default cadence, with some rules changed."""
    version = services.new_draft_version(cadence=Cadence.objects.get(name="default"), by=None)
    CadenceVersion.objects.filter(pk=version.pk).update(**changes)
    return CadenceVersion.objects.get(pk=version.pk)


def segment_draft(**changes: Any) -> CadenceVersion:
    """A draft of another cadence, for leads in the proposal stage unless something else is said."""
    base = services.published_version()
    given = {"segment_stages": ["proposal"], **changes}
    return services.clone_cadence(base=base, name="proposals", changes=given, by=None)


def simulated(version: CadenceVersion, by: User | None = None, **options: Any) -> Simulation:
    """Simulate as of noon, unless a moment is given, and expect it to work."""
    asked = services.request_simulation(version=version, by=by, now=NOW, as_of=options.pop("as_of", None))
    services.run_simulation(simulation_id=asked.pk, clock=lambda: NOW, **options)
    asked.refresh_from_db()
    assert (asked.status, asked.problem) == ("done", "")
    return asked


def rows_of(simulation: Simulation) -> dict[str, SimulationRow]:
    return {row.lead.external_id: row for row in simulation.rows.select_related("lead")}


def moves_of(simulation: Simulation) -> dict[tuple[str, str], int]:
    return {(now, then): many for now, then, many in simulation.found["moves"]}
