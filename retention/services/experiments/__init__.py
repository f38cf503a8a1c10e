"""Experiments: designed before they begin, locked at the first customer, measured every day, decided by a person."""

from retention.services.experiments.assigning import Assigned, Drawn, assign, assign_waiting, takes_in
from retention.services.experiments.contaminating import find_contamination, note_contamination
from retention.services.experiments.deciding import decide, scale, why_not_scale
from retention.services.experiments.designing import edit_design
from retention.services.experiments.measuring import Measured, measure
from retention.services.experiments.planning import Plan, plan_of, why_not_launch
from retention.services.experiments.reading import Day, Sample, design_of, latest, looks_due, read, read_all, sample_of

__all__ = [
    "Assigned",
    "Day",
    "Drawn",
    "Measured",
    "Plan",
    "Sample",
    "assign",
    "assign_waiting",
    "decide",
    "design_of",
    "edit_design",
    "find_contamination",
    "latest",
    "looks_due",
    "measure",
    "note_contamination",
    "plan_of",
    "read",
    "read_all",
    "sample_of",
    "scale",
    "takes_in",
    "why_not_launch",
    "why_not_scale",
]
