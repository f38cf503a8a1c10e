"""Pages of the admin about quiet leads: cadences, outcomes, whose a lead is, material, leads, decisions."""

from followups.admin.assigning import AssignmentRuleAdmin
from followups.admin.cadences import CadenceAdmin
from followups.admin.leads import AssetAdmin, DecisionAdmin, LeadAdmin
from followups.admin.outcomes import OutcomeAdmin
from followups.admin.versions import CadenceVersionAdmin

__all__ = [
    "AssetAdmin",
    "AssignmentRuleAdmin",
    "CadenceAdmin",
    "CadenceVersionAdmin",
    "DecisionAdmin",
    "LeadAdmin",
    "OutcomeAdmin",
]
