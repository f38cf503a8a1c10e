"""A draft of a playbook as a form of the admin: all of it is judged together, and each sentence stands at its place."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms import BaseInlineFormSet, inlineformset_factory

from contacts.states import EventKind
from retention.models import Experiment, Playbook, PlaybookStep, PlaybookVersion
from retention.rules.playbooks.checks import GOALS, Grade, Problem
from retention.rules.playbooks.files import EXPERIMENT_FIELDS, LINKS, STEP_FIELDS, VERSION_FIELDS
from retention.services import playbooks
from retention.services.refusals import Refused
from retention.states import Band, ModelStatus, ValueTier

#: A playbook with its steps is a few thousand characters.
LARGEST_FILE = 1_000_000
_SEVERAL = "Several with commas between. Empty: no condition."


class InWords(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A form whose rows are judged by the service, in words, before the database would refuse them by a name."""

    def _get_validation_exclusions(self) -> set[str]:
        return {*super()._get_validation_exclusions(), *self.fields}  # type: ignore[misc]  # not in the stubs


class StepForm(InWords):
    class Meta:
        model = PlaybookStep
        fields = ["position", *STEP_FIELDS]
        widgets = {"script": forms.Textarea(attrs={"rows": 2, "cols": 30})}


class DesignForm(InWords):
    question = forms.CharField(max_length=300, required=False, help_text="What it is to answer. Empty: the usual one")

    class Meta:
        model = Experiment
        fields = list(EXPERIMENT_FIELDS)


_Steps: Any = inlineformset_factory(PlaybookVersion, PlaybookStep, form=StepForm)
_Designs: Any = inlineformset_factory(PlaybookVersion, Experiment, form=DesignForm, can_delete=False, max_num=1)


class VersionForm(InWords):
    """A draft without its steps and its experiment, which are read from the same request and judged with it.

    What is wrong about those is left at the instance, for the forms that show them.
    """

    bands = forms.MultipleChoiceField(choices=Band.choices, required=False, widget=forms.CheckboxSelectMultiple)
    value_tiers = forms.MultipleChoiceField(
        choices=ValueTier.choices, required=False, widget=forms.CheckboxSelectMultiple, help_text="Empty: all"
    )
    goal = forms.CharField(max_length=200, required=False, help_text="What is to be reached, in words")
    goal_kinds = forms.TypedMultipleChoiceField(
        choices=[(kind.value, kind.label) for kind in EventKind if kind in GOALS],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="One of them after the start ends the playbook for a person",
    )
    reasons_any = SimpleArrayField(
        forms.CharField(max_length=30), required=False, help_text=f"One is enough. {_SEVERAL}"
    )
    reasons_all = SimpleArrayField(forms.CharField(max_length=30), required=False, help_text=f"All at once. {_SEVERAL}")
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = PlaybookVersion
        fields = [*VERSION_FIELDS, *LINKS]
        widgets = dict.fromkeys(LINKS, forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if "seen" in self.fields and self.instance.pk is not None:
            self.initial["seen"] = playbooks.fingerprint(self.instance)
        for name in LINKS:
            if name in self.fields:
                self.fields[name].queryset = Playbook.objects.exclude(pk=self.instance.playbook_id)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        self.instance.problems = []
        stored = PlaybookVersion.objects.select_related("playbook").get(pk=self.instance.pk)
        if stored.status != ModelStatus.DRAFT:
            raise ValidationError(
                f"{stored.name} is {stored.get_status_display().lower()} since you opened it, and stays as it is. "
                "Nothing of yours is saved, and nothing is lost: it is all below. Begin a new draft and type it there."
            )
        if given.get("seen") and given["seen"] != playbooks.fingerprint(stored):
            self._see_anew(stored)
        steps = _Steps(self.data, instance=stored, prefix="steps")
        designs = _Designs(self.data, instance=stored, prefix="experiment")
        if self.errors or not steps.is_valid() or not designs.is_valid():
            return given
        self.instance.given_steps = rows_of(steps)
        self.instance.given_design = next(iter(rows_of(designs)), None)
        try:
            found = playbooks.problems_if(
                version=stored,
                changes=self.changes,
                steps=self.instance.given_steps,
                experiment=self.instance.given_design,
            )
        except Refused as refused:
            raise ValidationError(refused.sentence) from refused
        self.instance.problems = [problem for problem in found if problem.grade is Grade.WRONG]
        for problem in self.instance.problems:
            if not problem.where.startswith(("steps", "experiment")):
                self.add_error(problem.where if problem.where in self.fields else None, problem.sentence)
        return given

    @property
    def changes(self) -> dict[str, Any]:
        """What the service is given of the version itself."""
        return {name: self.cleaned_data[name] for name in (*VERSION_FIELDS, *LINKS) if name in self.cleaned_data}

    def _see_anew(self, stored: PlaybookVersion) -> None:
        # The next save is made by somebody who has read this.
        data: Any = self.data.copy()  # type: ignore[attr-defined]  # what a browser sends is a QueryDict
        data[self.add_prefix("seen")] = playbooks.fingerprint(stored)
        self.data = data
        self.add_error(
            None,
            f"Somebody else changed {stored.name} while you had it open. Nothing of yours is saved yet, and nothing is "
            "lost: it is all below. Open the draft in another window to compare. Save again to put yours in its place.",
        )


def rows_of(formset: Any) -> list[dict[str, Any]]:
    """What was typed into the rows of a formset, in the order of their places, without those that are to go."""
    rows = [dict(form.cleaned_data) for form in formset.forms if form.has_changed() or form.instance.pk is not None]
    kept = [row for row in rows if row and not row.pop("DELETE", False)]
    kept.sort(key=lambda row: row.get("position") or 0)
    known = {*STEP_FIELDS, *EXPERIMENT_FIELDS}
    return [{name: value for name, value in row.items() if name in known} for row in kept]


class StepsFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # generic in the stubs only
    """Shows at each step what is wrong with it."""

    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        kept.sort(key=lambda form: form.cleaned_data.get("position") or 0)
        for before, step in pairwise(kept):
            if step.cleaned_data.get("position") == before.cleaned_data.get("position"):
                step.add_error("position", "Two steps have this number. Give each its own.")
        whole = []
        for problem in _of(self.instance, "steps"):
            place = problem.where.split(".")
            form = kept[int(place[1]) - 1] if len(place) > 2 and int(place[1]) <= len(kept) else None
            if form is not None and place[2] in form.fields:
                form.add_error(place[2], problem.sentence)
            else:
                whole.append(problem.sentence)
        if whole:
            raise ValidationError(whole)


class DesignFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # generic in the stubs only
    """Shows at the experiment what is wrong with it."""

    def clean(self) -> None:
        super().clean()
        for problem in _of(self.instance, "experiment"):
            column = problem.where.partition(".")[2]
            form = self.forms[0]
            form.add_error(column if column in form.fields else None, problem.sentence)


def _of(version: Any, part: str) -> Iterable[Problem]:
    return [one for one in getattr(version, "problems", []) if one.where.split(".")[0] == part]


class PlaybookForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = Playbook
        fields = ["name", "title", "description", "owner"]

    def clean_name(self) -> str:
        """Only small letters, since commands and files use it."""
        name: str = self.cleaned_data["name"]
        if name != name.lower():
            raise ValidationError("Use small letters, digits and hyphens.")
        return name


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=500,
        label="Why?",
        help_text="Kept with the version, for everybody who asks later.",
        error_messages={"required": "Say why. The reason is kept with the version."},
    )


class CloneForm(forms.Form):
    """What a copy is called."""

    name = forms.SlugField(max_length=60, help_text="Small letters, digits, hyphens. Commands and files use it")
    title = forms.CharField(max_length=100)


class FileForm(forms.Form):
    """The file of a playbook, and the name it gets here."""

    file = forms.FileField(label="File", help_text="As it was exported here or elsewhere: TOML")
    name = forms.SlugField(
        max_length=60, required=False, help_text="Empty: the name in the file. A name in use gets a new draft version"
    )

    def clean_file(self) -> str:
        """The text of the file."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_FILE:
            raise ValidationError("This is larger than 1 MB. Choose the file of a playbook.")
        content: bytes = file.read()
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError("This is not text in UTF-8. Choose the file of a playbook.") from error
