"""Quiet leads: who they are, by which cadence they are followed up, and what was decided."""

from followups.models.cadences import Cadence, CadenceStep, CadenceVersion
from followups.models.leads import Asset, Lead, LeadTouch, OwnerNote
from followups.models.sequences import Attempt, Decision, Sequence

__all__ = [
    "Asset",
    "Attempt",
    "Cadence",
    "CadenceStep",
    "CadenceVersion",
    "Decision",
    "Lead",
    "LeadTouch",
    "OwnerNote",
    "Sequence",
]
