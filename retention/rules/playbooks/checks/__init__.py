"""What is wrong with a playbook, or missing, before anybody is written to. Pure."""

from retention.rules.playbooks.checks.facts import Around, Design, Grade, Limits, Neighbour, Problem

__all__ = ["Around", "Design", "Grade", "Limits", "Neighbour", "Problem"]
