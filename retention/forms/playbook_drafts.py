"""A draft of a playbook as one form: whom it is for, its steps in rows, its experiment. The services judge it whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from contacts.states import EventKind
from retention.forms.versions import Names
from retention.models import Experiment, Playbook, PlaybookStep, PlaybookVersion
from retention.rules.playbooks.checks import GOALS, Problem
from retention.rules.playbooks.files import EXPERIMENT_FIELDS, LINKS, STEP_FIELDS, VERSION_FIELDS
from retention.states import (
    Band,
    Kpi,
    PlaybookMode,
    PlaybookTrigger,
    StepAudience,
    StepChannel,
    StepCondition,
    StepPurpose,
    StepReview,
    ValueTier,
)
from staff.forms import PanelForm

#: More steps than this nobody reads; the form does not make more rows.
MOST_STEPS = 20
#: Fields that take a whole row: sentences, and lists of boxes.
WIDE = {"note", "goal", "question", "reasons_any", "reasons_all", "uplift_source", "script"}
EVERYBODY = "With commas between them. Empty: everyone."


class Numbers(Names):
    """Whole numbers with commas between them."""

    def to_python(self, value: Any) -> list[Any]:  # type: ignore[override]
        try:
            return [int(part) for part in super().to_python(value)]
        except ValueError as problem:
            raise forms.ValidationError("Give whole numbers with commas between them: 50, 100, 250.") from problem

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(one) for one in value) if isinstance(value, list) else value


def several(label: str, choices: Sequence[tuple[Any, str]], help_text: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, help_text=help_text, widget=forms.CheckboxSelectMultiple
    )


def whole(label: str, help_text: str = "", *, required: bool = True) -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, required=required, min_value=0)


def number(label: str, help_text: str = "", *, required: bool = True) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, help_text=help_text, required=required, widget=forms.NumberInput(attrs={"step": "any"})
    )


def laid(form: forms.Form, names: Iterable[str]) -> list[tuple[forms.BoundField, str]]:
    """Fields, each with the width it takes."""
    found = [form[name] for name in names]
    return [(one, "field-wide" if one.name in WIDE or one.use_fieldset else "") for one in found]


def words(label: str, most: int, help_text: str = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=False, help_text=help_text)


class RulesForm(PanelForm):
    """Everything of a version but its steps."""

    area = "rules"
    GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("What it is to try", "", ("note", "mode")),
        (
            "Who it is for",
            "Empty lists mean everybody.",
            ("trigger", "bands", "value_tiers", "score_from", "score_to", "reasons_any", "reasons_all", "plans",
             "tiers", "milestones", "days_before"),
        ),
        (
            "Who is left out",
            "Whoever said stop, left, or is in a cool-down is left out anyway.",
            ("excluded_plans", "excluded_tiers", "excluded_playbooks", "after_playbooks"),
        ),
        ("What it is to reach", "", ("goal", "goal_kinds")),
        ("Order and time", "", ("priority", "lasts_days", "cooldown_days", "urgent")),
        (
            "Work and money",
            "",
            ("pilot_most", "review_minutes", "call_minutes", "assumed_uplift", "uplift_source", "offer_budget",
             "offer_min_clv"),
        ),
        (
            "Guardrails",
            "A breach stops the playbook until a person lets it go on.",
            ("max_complaint_rate", "max_unsubscribe_rate", "max_value_decline", "max_revenue_decline"),
        ),
        (
            "The gate to everybody",
            "At the low end of the interval, not as measured.",
            ("gate_min_roi", "gate_min_net_each", "gate_max_payback_days"),
        ),
    )  # fmt: skip

    note = words("What is this version to try?", 300)
    mode = forms.ChoiceField(label="Mode", choices=PlaybookMode.choices)
    trigger = forms.ChoiceField(label="What makes somebody fit?", choices=PlaybookTrigger.choices)
    bands = several("Bands", Band.choices)
    value_tiers = several("Value", ValueTier.choices)
    score_from = whole("Score from", required=False)
    score_to = whole("Score to", required=False)
    reasons_any = Names(label="Any of these reasons", required=False, help_text="Codes, listed below.")
    reasons_all = Names(label="All of these reasons", required=False, help_text="Codes, listed below.")
    plans = Names(label="Plans", required=False, help_text=EVERYBODY)
    tiers = Names(label="Tiers", required=False, help_text=EVERYBODY)
    milestones = Numbers(label="Milestones", required=False, help_text="Numbers of activities: 50, 100, 250.")
    days_before = whole("Days before a birthday", required=False)
    excluded_plans = Names(label="Plans left out", required=False)
    excluded_tiers = Names(label="Tiers left out", required=False)
    excluded_playbooks = several("Nobody who is in", [])
    after_playbooks = several("Only after one of these without success", [])
    goal = words("The goal in words", 200)
    goal_kinds = several("Any of these reaches it", [(str(int(one)), one.label) for one in EventKind if one in GOALS])
    priority = whole("Priority", "0 to 100. The highest that fits commands a person.")
    lasts_days = whole("Ends after so many days")
    cooldown_days = whole("Not again within so many days")
    urgent = forms.BooleanField(
        label="Urgent", required=False, help_text="Begins before others, also for people another one holds out."
    )
    pilot_most = whole("Customers at most in the pilot", "Empty: no limit.", required=False)
    review_minutes = number("Minutes to read a message")
    call_minutes = number("Minutes of a call")
    assumed_uplift = number("Assumed uplift", "Percentage points of the goal, until it was measured.")
    uplift_source = words("Where that figure is from", 200)
    offer_budget = number("For offers in a month", "Empty: no offers.", required=False)
    offer_min_clv = number("No offer below this lifetime value", required=False)
    max_complaint_rate = number("Spam complaints", "Part of all messages: 0.001 is one in a thousand.")
    max_unsubscribe_rate = number("Opt-outs", "Part of all messages.")
    max_value_decline = number("Fall of lifetime value", "Part of it: 0.05 is five in a hundred.")
    max_revenue_decline = number("Fall of later revenue", "Part of it.")
    gate_min_roi = number("Return at least", "1 brings in its cost once more.")
    gate_min_net_each = number("Net for each customer won back, at least")
    gate_max_payback_days = whole("Paid back after so many days at most")

    def __init__(self, *args: Any, playbooks: Iterable[Playbook], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [(str(one.pk), one.title) for one in playbooks]
        for name in LINKS:
            self.fields[name].choices = others  # type: ignore[attr-defined]

    @property
    def groups(self) -> list[tuple[str, str, list[tuple[forms.BoundField, str]]]]:
        return [(title, text, laid(self, names)) for title, text, names in self.GROUPS]

    def changes(self) -> dict[str, Any]:
        """What was typed, as `retention.services.playbooks.edit_version` takes it."""
        found = dict(self.cleaned_data)
        found["goal_kinds"] = [int(one) for one in found["goal_kinds"]]
        for name in LINKS:
            found[name] = [int(one) for one in found[name]]
        found["days_before"] = found["days_before"] or 0
        return found


class StepForm(PanelForm):
    """One step. Its number is its place in the form."""

    MAIN = ("name", "purpose", "channel", "earliest_hours", "latest_hours", "angle")
    MORE = ("condition", "audience", "review", "word_limit", "pressure", "cost", "incentive", "script")

    name = forms.CharField(label="Name", max_length=100)
    purpose = forms.ChoiceField(label="What it is for", choices=StepPurpose.choices)
    channel = forms.ChoiceField(label="Channel", choices=StepChannel.choices)
    earliest_hours = whole("From hour", "After the start. 24 is a day.")
    latest_hours = whole("Until hour", "Not done any more after it.")
    condition = forms.ChoiceField(label="Only if", choices=StepCondition.choices)
    audience = forms.ChoiceField(label="Only for", choices=StepAudience.choices)
    angle = words("Wording", 40, "The angle of an approved template.")
    script = forms.CharField(label="What to say on the phone", required=False, widget=forms.Textarea(attrs={"rows": 4}))
    review = forms.ChoiceField(label="Who reads it first", choices=StepReview.choices)
    word_limit = whole("Words at most", "0: no limit.", required=False)
    pressure = whole("Pressure", required=False)
    cost = number("Cost of one", "Without people's time.", required=False)
    incentive = number("Cost of the offer", required=False)

    @property
    def main(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MAIN]

    @property
    def more(self) -> list[tuple[forms.BoundField, str]]:
        return laid(self, self.MORE)

    @property
    def more_is_wrong(self) -> bool:
        return any(self[name].errors for name in self.MORE)

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value is not None}


class DesignForm(PanelForm):
    """How the experiment is designed. Empty numbers are left at what is usual."""

    area = "experiment"
    question = words("The question", 300, "As you will ask it when it is read. Empty: the usual one.")
    kpi = forms.ChoiceField(label="Decided by", choices=Kpi.choices)
    window_days = whole("Results are counted over so many days")
    holdout_percent = whole("Held out, in percent", "Drawn at random. 10 to 15 is usual.")
    baseline_percent = number("The goal without us, in percent", "As far as known.", required=False)
    min_effect = number(
        "The smallest difference worth finding", "Percentage points; for revenue, percent more than without us."
    )
    power_percent = whole("Power, in percent", "80 is usual.")
    alpha_percent = number("False alarms, in percent", "5 is usual.")
    pre_days = whole("Look back so many days before", "To see more sharply.")
    staggered = forms.BooleanField(
        label="Nobody is held out: begin in waves", required=False, help_text="The claim is weaker then."
    )
    waves = whole("Waves", required=False)
    wave_days = whole("Days between two waves", required=False)

    @property
    def laid(self) -> list[tuple[forms.BoundField, str]]:
        return laid(self, self.fields)

    def values(self) -> dict[str, Any]:
        found = {name: value for name, value in self.cleaned_data.items() if value is not None}
        return {**found, "baseline_percent": self.cleaned_data["baseline_percent"]}


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step with its number, from 1, and whether it is the first or the last."""

    number: int
    form: StepForm
    first: bool
    last: bool


class VersionEditor:
    """All forms of a draft together, since it is judged as a whole.

    ``data`` is what was sent. Rows are added, taken out and moved by buttons that send the whole form (`rearranged`):
    nothing is saved by them, nothing typed is lost, and no script is needed.
    """

    def __init__(
        self,
        version: PlaybookVersion,
        *,
        experiment: Experiment | None,
        playbooks: Sequence[Playbook],
        data: QueryDict | None = None,
    ) -> None:
        self.version = version
        others = [one for one in playbooks if one.pk != version.playbook_id]
        self.whole: list[str] = []
        if data is None:
            stored = [
                {name: getattr(step, name) for name in STEP_FIELDS} for step in version.steps.order_by("position")
            ]
            self._fill(_initial(version), stored, _of_experiment(experiment), others)
            return
        action = data.get("do", "save")
        count = min(MOST_STEPS, _count(data))
        if action == "save":
            self.rules = RulesForm(data, playbooks=others)
            self.steps = [_step(place, data=data) for place in range(count)]
            self.design = DesignForm(data)
            return
        typed = RulesForm(playbooks=others)
        steps = [_typed(_step(place), data) for place in range(count)]
        self._fill(_typed(typed, data), rearranged(steps, action), _typed(DesignForm(), data), others)

    def _fill(
        self, rules: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], design: Mapping[str, Any],
        playbooks: Sequence[Playbook],
    ) -> None:  # fmt: skip
        self.rules = RulesForm(initial=dict(rules), playbooks=playbooks)
        self.steps = [_step(place, initial=values) for place, values in enumerate(steps)]
        self.design = DesignForm(initial=dict(design))

    @property
    def rows(self) -> list[StepRow]:
        last = len(self.steps) - 1
        return [StepRow(place + 1, form, place == 0, place == last) for place, form in enumerate(self.steps)]

    @property
    def full(self) -> bool:
        return len(self.steps) >= MOST_STEPS

    def is_valid(self) -> bool:
        return all([form.is_valid() for form in (self.rules, *self.steps, self.design)])  # noqa: C419  all of them speak

    def changes(self) -> dict[str, Any]:
        return {
            "changes": self.rules.changes(),
            "steps": [form.values() for form in self.steps],
            "experiment": self.design.values(),
        }

    def say(self, problems: Iterable[Problem]) -> None:
        """Put each problem at its field, and what belongs to none above the form."""
        for problem in problems:
            form, name = self._place(problem.where)
            if form is not None and name in form.fields:
                form.add_error(name, problem.sentence)
            else:
                self.whole.append(problem.said)

    def _place(self, where: str) -> tuple[PanelForm | None, str]:
        parts = where.split(".")
        if parts[0] == "experiment" and len(parts) > 1:
            return self.design, parts[1]
        if parts[0] == "steps" and len(parts) > 2 and parts[1].isdecimal():
            place = int(parts[1]) - 1
            return (self.steps[place], parts[2]) if place < len(self.steps) else (None, "")
        return (self.rules, where) if len(parts) == 1 else (None, "")


def anchor_of(problem: Problem) -> str:
    """The id of the field that a problem is about, to link to it; "" where it is about none."""
    parts = problem.where.split(".")
    if parts[0] == "experiment" and len(parts) > 1:
        return f"experiment_{parts[1]}"
    if parts[0] == "steps" and len(parts) > 2 and parts[1].isdecimal():
        return f"step-{int(parts[1]) - 1}_{parts[2]}"
    field = RulesForm.base_fields.get(parts[0])
    if field is None:
        return ""
    # Of several boxes the first is the one to go to.
    return f"rules_{parts[0]}_0" if isinstance(field, forms.MultipleChoiceField) else f"rules_{parts[0]}"


def rearranged(steps: list[dict[str, Any]], action: str) -> list[dict[str, Any]]:
    """The rows after a button: one more, one less, or one moved up. What cannot be done changes nothing."""
    what, _, where = action.partition("-")
    place = int(where) - 1 if where.isdecimal() and len(where) < 4 else -1
    if what == "add" and len(steps) < MOST_STEPS:
        return [*steps, _empty(steps[-1] if steps else None)]
    if what == "remove" and 0 <= place < len(steps):
        return [one for number, one in enumerate(steps) if number != place]
    if what == "up" and 0 < place < len(steps):
        return [*steps[: place - 1], steps[place], steps[place - 1], *steps[place + 1 :]]
    return steps


def _empty(before: Mapping[str, Any] | None) -> dict[str, Any]:
    """A new step. It begins where the one before ends."""
    values = {name: getattr(PlaybookStep(), name) for name in STEP_FIELDS}
    begin = str((before or {}).get("latest_hours") or "0")
    return {**values, "earliest_hours": begin, "latest_hours": ""}


def _step(place: int, data: QueryDict | None = None, initial: Mapping[str, Any] | None = None) -> StepForm:
    prefix = f"step-{place}"
    return StepForm(data, prefix=prefix, auto_id=f"{prefix}_%s", initial=dict(initial or {}))


def _typed(form: forms.Form, data: QueryDict) -> dict[str, Any]:
    """What was typed, as it was, so that it can be shown again."""
    return {
        name: field.widget.value_from_datadict(data, {}, form.add_prefix(name)) for name, field in form.fields.items()
    }


def _count(data: QueryDict) -> int:
    count = data.get("steps", "0")
    return int(count) if count.isdecimal() and len(count) < 4 else 0


def _initial(version: PlaybookVersion) -> dict[str, Any]:
    found = {name: getattr(version, name) for name in VERSION_FIELDS}
    found["goal_kinds"] = [str(one) for one in version.goal_kinds]
    for name in LINKS:
        found[name] = [str(pk) for pk in getattr(version, name).values_list("pk", flat=True)]
    return found


def _of_experiment(experiment: Experiment | None) -> dict[str, Any]:
    of = experiment or Experiment()
    return {name: getattr(of, name) for name in EXPERIMENT_FIELDS}
