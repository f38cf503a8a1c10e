"""What people fill in about a playbook and an experiment as a whole. The services judge it; these only read it."""

from __future__ import annotations

from django import forms

from retention.states import Verdict
from staff.forms import Explained, PanelForm

VERDICTS: dict[str, str] = {
    Verdict.SCALE: "Only while the gate below is open. The playbook itself is then scaled on its own page.",
    Verdict.GO_ON: "It goes on with the limit of the pilot, and holds nobody out any more.",
    Verdict.STOP: "Nobody begins any more. Whoever is under way goes on to the end.",
}


def why(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=500, help_text=help_text, widget=forms.Textarea(attrs={"rows": 2}))


class PauseForm(PanelForm):
    area = "pause"
    reason = why("Why is it paused?", "Nobody enters and no step is taken. Everybody who opens it reads this.")


class ResumeForm(PanelForm):
    area = "resume"
    reason = why("Why may it go on?", "Kept with your name.")


class ScaleForm(PanelForm):
    area = "scale"
    reason = why("Why is it for everybody?", "Kept with your name.")


class RetireForm(PanelForm):
    area = "retire"
    reason = why("Why?")


class PublishForm(PanelForm):
    area = "publish"
    reason = why("Why publish this?", "Kept with the version, for everyone to read.")


class NewPlaybookForm(PanelForm):
    area = "new"
    title = forms.CharField(label="What is it called?", max_length=100)
    name = forms.CharField(
        label="Short name", max_length=60, help_text="Small letters, digits and hyphens, such as soft-nudge. It stays."
    )
    description = forms.CharField(
        label="What is it for?", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class CloneForm(PanelForm):
    area = "clone"
    title = forms.CharField(label="What is the new one called?", max_length=100)
    name = forms.CharField(label="Short name", max_length=60, help_text="Small letters, digits and hyphens. It stays.")


class DecideForm(PanelForm):
    area = "decide"
    verdict = forms.ChoiceField(label="What follows from it?", choices=Verdict.choices, widget=Explained(VERDICTS))
    reason = why("Why?", "Kept with the experiment, for everyone to read.")


class PauseOneForm(PanelForm):
    area = "pause_one"
    reason = why("Why is it paused for them?")


class StopOneForm(PanelForm):
    area = "stop_one"
    reason = why("Why does it stop for them?", "What waits for them is taken back. It does not begin again by itself.")
