"""Experiments: designed before they begin, locked at the first customer, measured every day, decided by a person."""

from retention.services.experiments.assigning import Assigned, Drawn, assign, takes_in
from retention.services.experiments.contaminating import find_contamination, note_contamination
from retention.services.experiments.measuring import Measured, measure

__all__ = ["Assigned", "Drawn", "Measured", "assign", "find_contamination", "measure", "note_contamination", "takes_in"]
