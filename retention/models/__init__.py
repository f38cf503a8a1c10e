"""Customers, how much at risk they are and why, and what they are worth."""

from retention.models.customers import Customer
from retention.models.scores import Score, ScoreChange, ScoreFeedback, ScoreOverride
from retention.models.trials import ScoreTrial
from retention.models.value import CustomerValue
from retention.models.versions import ScoreBand, ScoreComponent, ScoreModel, ScoreSignal, ScoreVersion

__all__ = [
    "Customer",
    "CustomerValue",
    "Score",
    "ScoreBand",
    "ScoreChange",
    "ScoreComponent",
    "ScoreFeedback",
    "ScoreModel",
    "ScoreOverride",
    "ScoreSignal",
    "ScoreTrial",
    "ScoreVersion",
]
