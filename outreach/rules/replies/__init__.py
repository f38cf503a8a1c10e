"""Sorting what comes back (mission.md 5.5). Pure: no database, clock or network."""

from outreach.rules.replies.hearing import CERTAIN
from outreach.rules.replies.sorting import QUIET, SURE_ENOUGH, Marked, Sorted, needs_second_opinion, sort

__all__ = ["CERTAIN", "QUIET", "SURE_ENOUGH", "Marked", "Sorted", "needs_second_opinion", "sort"]
