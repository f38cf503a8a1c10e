"""What a person fills in about an answer. The services judge it; these only read it."""

from __future__ import annotations

from django import forms

from outreach.services.reply_stops import STOPPING
from outreach.services.replying import LONGEST_NOTE
from outreach.states import ReplyLabel
from staff.forms import Explained, PanelForm

_MEANING = {
    ReplyLabel.ANSWER: "They wrote back. Nothing is stopped.",
    ReplyLabel.QUESTION: "They want to know something. It stays open until we answer.",
    ReplyLabel.EXPLICIT_NO: "They do not want what we offer. Nothing more is sent.",
    ReplyLabel.OPT_OUT: "They want no more messages. Nothing more is sent, on any channel.",
    ReplyLabel.OUT_OF_OFFICE: "They are away. It waits until they are back.",
    ReplyLabel.AUTO_REPLY: "A machine answered. It counts for nothing.",
    ReplyLabel.WRONG_PERSON: "This address is not theirs. Nothing more is sent there.",
}
_HELP = {str(label): words for label, words in _MEANING.items()}


class ReleaseForm(PanelForm):
    area = "release"
    label = forms.ChoiceField(
        label="What is it instead?",
        choices=[(one.value, one.label) for one in ReplyLabel if one not in STOPPING],
        initial=ReplyLabel.ANSWER,
        widget=Explained(_HELP),
    )
    reason = forms.CharField(
        label="Why may they be written to?", max_length=LONGEST_NOTE, help_text="Kept with it, for whoever asks later."
    )


class RelabelForm(PanelForm):
    area = "relabel"
    label = forms.ChoiceField(label="What is it?", choices=ReplyLabel.choices, widget=Explained(_HELP))
    note = forms.CharField(
        label="Why",
        max_length=LONGEST_NOTE,
        required=False,
        help_text="Needed where something is stopped and may be written to again.",
    )


class NoteForm(PanelForm):
    area = "note"
    note = forms.CharField(label="Note", max_length=LONGEST_NOTE, required=False)


class ReplyFilterForm(forms.Form):
    """Which answers to show."""

    label = forms.ChoiceField(label="Kind", required=False, choices=[("", "Every kind"), *ReplyLabel.choices])
