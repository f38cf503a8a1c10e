"""Scores of many customers at once: a published version's rows become one SQL statement."""

from retention.scoring.computing import compute
from retention.scoring.loading import published, rules_of

__all__ = ["compute", "published", "rules_of"]
