"""Experiments: designed before they begin, locked at the first customer, measured every day, decided by a person."""

from retention.services.experiments.assigning import Assigned, Drawn, assign, takes_in

__all__ = ["Assigned", "Drawn", "assign", "takes_in"]
