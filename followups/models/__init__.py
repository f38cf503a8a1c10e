"""Quiet leads: who they are, by which cadence they are followed up, and what was decided."""

from followups.models.cadences import Cadence, CadenceStep, CadenceVersion
from followups.models.intake import AssignmentRule, IntakeCase, Ruling
from followups.models.leads import Asset, Lead, LeadTouch, OwnerNote
from followups.models.measures import ExceptionsReview, Pilot, SeenException
from followups.models.outcomes import Closing, Outcome
from followups.models.plans import PlannedTouch
from followups.models.sequences import Attempt, Decision, Sequence
from followups.models.simulations import Simulation, SimulationRow
from followups.models.sweeps import SweepRound

__all__ = [
    "Asset",
    "AssignmentRule",
    "Attempt",
    "Cadence",
    "CadenceStep",
    "CadenceVersion",
    "Closing",
    "Decision",
    "ExceptionsReview",
    "IntakeCase",
    "Lead",
    "LeadTouch",
    "Outcome",
    "OwnerNote",
    "Pilot",
    "PlannedTouch",
    "Ruling",
    "SeenException",
    "Sequence",
    "Simulation",
    "SimulationRow",
    "SweepRound",
]
