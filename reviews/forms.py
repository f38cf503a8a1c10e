"""What a reviewer fills in. The services judge it; these only read it."""

from __future__ import annotations

from typing import Any

from django import forms

from contacts.states import SuppressionReason
from followups.states import Disposition
from reviews.services import CLOSE_OUT_CHOICES
from reviews.states import SuppressScope

SCOPE_HELP = {
    SuppressScope.SEQUENCE: "Nobody is written to about this silence again. Other messages stay possible.",
    SuppressScope.CHANNEL: "Nothing more to this person on this channel, from any flow.",
    SuppressScope.CONTACT: "Nothing more to this person on any channel.",
    SuppressScope.ACCOUNT: "Nothing more to anybody at this account.",
}
WHY = [
    (SuppressionReason.MANUAL.value, "We decided not to write"),
    (SuppressionReason.EXPLICIT_NO.value, "They said no"),
    (SuppressionReason.OPTED_OUT.value, "They asked us to stop writing"),
    (SuppressionReason.COMPLAINT.value, "They complained"),
    (SuppressionReason.LEGAL.value, "A legal reason"),
]
DISPOSITION_HELP = {
    Disposition.NO_RESPONSE: "They never answered. The lead is done.",
    Disposition.NURTURE: "Right company, wrong time. Moves to nurture.",
    Disposition.RECYCLE: "Worth another try later.",
    Disposition.DOCUMENTED: "Another reason, which you write down.",
}


class SeenForm(forms.Form):
    """The fingerprint of the text that was on the screen, and where the reviewer was in the queue."""

    fingerprint = forms.CharField(max_length=64, widget=forms.HiddenInput)


class ExplainedForm(SeenForm):
    """A form with one choice whose options each say what they mean."""

    explained = ""
    help_of: dict[Any, str] = {}

    def options(self) -> list[dict[str, Any]]:
        """The options of the explained field, for the template."""
        field = self[self.explained]
        return [
            {"id": f"{field.auto_id}_{value}", "value": value, "label": label, "help": self.help_of.get(value, ""), "on": str(field.value()) == value}
            for value, label in self.fields[self.explained].choices  # type: ignore[attr-defined]
        ]


class EditForm(SeenForm):
    subject = forms.CharField(max_length=300, required=False, label="Subject", widget=forms.TextInput(attrs={"class": "w-l"}))
    body = forms.CharField(
        max_length=20_000,
        label="Message",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text="Leave the unsubscribe mark where it is: it becomes their personal link.",
    )

    def clean_body(self) -> str:
        # Browsers send CRLF; the text that is judged, stored and sent has plain line ends.
        return str(self.cleaned_data["body"]).replace("\r\n", "\n").replace("\r", "\n").rstrip()


class SuppressForm(ExplainedForm):
    explained = "scope"
    help_of = SCOPE_HELP
    scope = forms.ChoiceField(choices=SuppressScope.choices, initial=SuppressScope.CONTACT.value, label="How far")
    why = forms.ChoiceField(choices=WHY, label="Why", initial=SuppressionReason.MANUAL.value)
    reason = forms.CharField(max_length=300, label="In a few words", help_text="Stays on the record.")


class CloseOutForm(ExplainedForm):
    explained = "disposition"
    help_of = DISPOSITION_HELP
    disposition = forms.ChoiceField(
        choices=[(d.value, d.label) for d in CLOSE_OUT_CHOICES], initial=Disposition.NO_RESPONSE.value, label="How it ended"
    )
    reason = forms.CharField(max_length=300, required=False, label="In a few words", help_text="Needed for a documented reason.")


class SettleForm(forms.Form):
    was_sent = forms.ChoiceField(choices=[("yes", "It was sent"), ("no", "It was not sent")], label="What happened")
    reason = forms.CharField(max_length=300, required=False, label="How you know")
