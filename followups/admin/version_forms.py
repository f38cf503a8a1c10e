"""What a draft of a cadence may say, judged before it is saved: each sentence stands at its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.timezone import localtime

from followups import services
from followups.models import CadenceStep, CadenceVersion
from followups.rules import Problem, StepRules, validate_cadence
from followups.states import CLOSED_STAGES, ReasonKind, Stage, VersionStatus
from staff.models import AuditEntry

OPEN_STAGES = [(value, label) for value, label in Stage.choices if value not in CLOSED_STAGES]


class NamesField(forms.CharField):
    """Names with commas between them, as a list: no blanks, none twice."""

    def __init__(self, *, longest: int, **more: Any) -> None:
        self.longest = longest
        super().__init__(required=False, **more)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != self.to_python(data)

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # the names are the value
        typed = [" ".join(name.split()) for name in (value or "").split(",")]
        names = list({name.casefold(): name for name in reversed(typed) if name}.values())[::-1]
        if long := [name for name in names if len(name) > self.longest]:
            raise ValidationError(f"“{long[0][:40]}…” is too long. Use at most {self.longest} characters.")
        return names


class VersionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A version without its steps. A save of what somebody else has changed meanwhile is refused, and kept in view."""

    segment_stages = forms.MultipleChoiceField(
        label="Stages", choices=OPEN_STAGES, required=False, widget=forms.CheckboxSelectMultiple
    )
    segment_territories = NamesField(label="Territories", longest=100)
    segment_sources = NamesField(label="Sources", longest=100)
    segment_tags = NamesField(label="Tags", longest=60)
    leads_to_come = forms.BooleanField(
        label="Its leads are still to come",
        required=False,
        help_text="Tick this to save a territory, source or tag that no lead has yet",
    )
    seen_revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = CadenceVersion
        exclude: list[str] = []

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if self.instance.pk is not None:
            self.initial["seen_revision"] = self.instance.revision
        if "segment_territories" in self.fields:
            for name, seen in services.names_seen_lately().items():
                any_one = "Any one of them, with commas between. Empty: all."
                self.fields[f"segment_{name}"].help_text = (
                    f"{any_one} Seen lately: {', '.join(seen)}." if seen else any_one
                )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("segment_value_from", "segment_value_below"):
            given.setdefault(name, None)
        self._refuse_stale(given)
        if not given.keys() >= services.CHANGEABLE:
            # A field says in its own place what is wrong with it.
            return given
        cadence = given.get("cadence") or (self.instance.cadence if self.instance.pk else None)
        name = cadence.name if cadence else ""
        rules = services.rules_from(given, name=name, number=1)
        found = [problem for problem in validate_cadence(rules) if not problem.place.startswith("steps")]
        found += services.default_problems(name, rules.segment)
        if rules.segment:
            found += services.overlap_problems(name, rules.segment, services.segmented_versions())
        if not given.get("leads_to_come"):
            found += services.unmatched_names(rules.segment)
        for problem in found:
            self.add_error(_field(problem.place, self.fields), problem.sentence)
        return given

    def _refuse_stale(self, given: dict[str, Any]) -> None:
        version = self.instance
        if version.pk is not None and version.status != VersionStatus.DRAFT:
            self.add_error(
                None,
                f"{version} is {version.get_status_display().lower()} since you opened it, and stays as it is. Nothing"
                " of yours is saved, and nothing is lost: it is all below. Begin a new draft in another window and type"
                " it there.",
            )
            return
        if version.pk is None or given.get("seen_revision") == version.revision:
            return
        typed = [self.fields[name].label or name for name in self.changed_data if name != "seen_revision"]
        differs = f" What you have here differs from that in: {', '.join(map(str, typed)).lower()}." if typed else ""
        self.add_error(
            None,
            f"{_who_saved(version)} Nothing of yours is saved yet, and nothing is lost: it is all below.{differs} Open"
            " the draft in another window to compare. Save again to put yours in place of theirs.",
        )
        # The next save is made by somebody who has read this.
        data: Any = self.data.copy()  # type: ignore[attr-defined]  # what a browser sends is a QueryDict
        data[self.add_prefix("seen_revision")] = str(version.revision)
        self.data = data


def _who_saved(version: CadenceVersion) -> str:
    last = (
        AuditEntry.objects.filter(object_type=version._meta.label_lower, object_id=str(version.pk))
        .select_related("actor")
        .first()
    )
    if last is None:
        return "Somebody else saved this draft while you had it open."
    moment = localtime(last.at)
    who = last.actor.name if last.actor else "A command"
    return f"{who} saved this draft on {moment.day} {moment:%B} at {moment:%H:%M}, while you had it open."


def _field(place: str, fields: Iterable[str]) -> str | None:
    """The field of the form that a place of the rules is; None for the form as a whole."""
    name = place.replace("waits.", "wait_")
    name = "segment_stages" if name == "segment" else name
    return name if name in fields else None


class StepForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    reason_kinds = forms.MultipleChoiceField(
        choices=ReasonKind.choices, required=False, help_text="None chosen: every useful reason"
    )

    class Meta:
        model = CadenceStep
        fields = [
            "position",
            "kind",
            "angle",
            "channel",
            "word_limit",
            "pressure",
            "reason_kinds",
            "template",
            "review_policy",
        ]


class StepsFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # generic in the stubs only
    """All steps together with their version: a cadence that breaks its own rules is not saved (followups.md)."""

    def add_fields(self, form: forms.ModelForm[CadenceStep], index: int | None) -> None:
        super().add_fields(form, index)
        for control in (field.widget for field in form.fields.values()):
            if isinstance(control, RelatedFieldWidgetWrapper):
                # Templates are written on their own pages. Four signs beside each step would hide the choice.
                control.can_add_related = control.can_change_related = control.can_view_related = False

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        if self.instance.pk is not None and {form.instance.pk for form in self.initial_forms} != set(
            self.instance.steps.values_list("pk", flat=True)
        ):
            raise ValidationError(
                "Somebody else added or removed a step while you had this open. Open the draft in another window and"
                " enter your changes there."
            )
        kept = {
            form.cleaned_data["position"]: form
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        }
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        whole: list[str] = []
        for problem in self._problems(rows):
            place = problem.place.split(".")
            form = kept.get(int(place[1])) if len(place) == 3 else None
            sentence = f"Step {place[1]}: {problem.sentence}" if len(place) == 3 else problem.sentence
            if form is not None and place[2] in form.fields:
                form.add_error(place[2], sentence)
            else:
                whole.append(sentence)
        if whole:
            raise ValidationError(whole)

    def _problems(self, rows: list[dict[str, Any]]) -> list[Problem]:
        """What is wrong with the steps as they were typed, next to the version as it was."""
        version = self.instance
        fields = {name: getattr(version, name) for name in services.CHANGEABLE} | {"channels": version.channels or ()}
        steps = tuple(
            StepRules(
                position=row["position"],
                kind=row["kind"],
                angle=row["angle"],
                word_limit=row["word_limit"],
                pressure=row["pressure"],
                reason_kinds=tuple(row["reason_kinds"]),
                channel=row["channel"] or None,
                review_policy=row["review_policy"],
            )
            for row in rows
        )
        rules = services.rules_from(fields, name="draft", number=1, steps=steps)
        templates = {row["position"]: row["template"] for row in rows if row["template"] is not None}
        found = [problem for problem in validate_cadence(rules) if problem.place.startswith("steps")]
        return [
            *found,
            *services.template_problems(rules, templates),
            *services.angle_problems(rules, templates.keys()),
        ]
