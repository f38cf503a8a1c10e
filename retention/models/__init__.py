"""Customers, how much at risk they are and why, what they are worth, and the playbooks that win them back."""

from retention.models.customers import Customer
from retention.models.enrolments import CapacityRules, Enrolment, PlaybookSweep, StepRun, WorkCapacity
from retention.models.experiments import Assignment, Experiment, ExperimentReading, GuardrailReading, PlaybookTrial
from retention.models.playbooks import Playbook, PlaybookPause, PlaybookStep, PlaybookVersion
from retention.models.scores import Score, ScoreChange, ScoreFeedback, ScoreOverride
from retention.models.trials import ScoreTrial
from retention.models.value import CustomerValue
from retention.models.versions import ScoreBand, ScoreComponent, ScoreModel, ScoreSignal, ScoreVersion

__all__ = [
    "Assignment",
    "CapacityRules",
    "Customer",
    "CustomerValue",
    "Enrolment",
    "Experiment",
    "ExperimentReading",
    "GuardrailReading",
    "Playbook",
    "PlaybookPause",
    "PlaybookStep",
    "PlaybookSweep",
    "PlaybookTrial",
    "PlaybookVersion",
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
    "StepRun",
    "WorkCapacity",
]
