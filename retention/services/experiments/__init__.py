"""Experiments: designed before they begin, locked at the first customer, measured every day, decided by a person."""

from retention.services.experiments.assigning import Assigned, Drawn, assign, assign_waiting, takes_in
from retention.services.experiments.contaminating import find_contamination, note_contamination
from retention.services.experiments.measuring import Measured, measure
from retention.services.experiments.reading import Day, Sample, design_of, latest, looks_due, read, read_all, sample_of

__all__ = [
    "Assigned",
    "Day",
    "Drawn",
    "Measured",
    "Sample",
    "assign",
    "assign_waiting",
    "design_of",
    "find_contamination",
    "latest",
    "looks_due",
    "measure",
    "note_contamination",
    "read",
    "read_all",
    "sample_of",
    "takes_in",
]
