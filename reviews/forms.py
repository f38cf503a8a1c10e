"""What a reviewer fills in. The services judge it; these only read it."""

from __future__ import annotations

from typing import Any

from django import forms

from contacts.forms import WHY_SUPPRESS
from contacts.states import SuppressionReason
from followups.forms import MAY_BE_READ, OutcomeForm, day_field
from reviews.states import SetAside, SuppressScope
from staff.forms import Explained, PanelForm

SCOPE_HELP = {
    SuppressScope.SEQUENCE: "Nobody is written to about this silence again. Other messages stay possible.",
    SuppressScope.CHANNEL: "Nothing more to this person on this channel, from any flow.",
    SuppressScope.CONTACT: "Nothing more to this person on any channel.",
    SuppressScope.ACCOUNT: "Nothing more to anybody at this account.",
}
SET_ASIDE_HELP = {
    SetAside.PAUSE: "Nothing is written until that day; without one, until somebody resumes the lead.",
    SetAside.REMIND: "A reminder for you on that day. Nothing is written before.",
    SetAside.PUT_OFF: "The lead rests until that day and comes back with its history.",
    SetAside.NURTURE: "The nurture list: seldom, and only with something useful.",
    SetAside.TAKE_OVER: "You follow up by hand. Your words become your task, and nothing is written meanwhile.",
}
SETTLE_HELP = {
    "sent": "It stands in their inbox or in the provider's log.",
    "given_up": "It did not leave. Nothing more happens with it.",
    "send_again": "It did not leave. The same approved text is sent once more.",
}


class SeenForm(PanelForm):
    """A decision about the text that was on the screen, named by its fingerprint."""

    fingerprint = forms.CharField(max_length=64, widget=forms.HiddenInput)


class EditForm(SeenForm):
    area = "edit"
    subject = forms.CharField(
        max_length=300, required=False, label="Subject", widget=forms.TextInput(attrs={"class": "w-l"})
    )
    body = forms.CharField(
        max_length=20_000,
        label="Message",
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text="Leave the unsubscribe mark where it is: it becomes their personal link.",
        error_messages={"required": "The message is empty. Write the text, or suppress the message."},
    )


class SuppressForm(SeenForm):
    area = "suppress"
    scope = forms.ChoiceField(
        choices=SuppressScope.choices,
        initial=SuppressScope.CONTACT.value,
        label="How far to stop",
        widget=Explained(SCOPE_HELP),
    )
    why = forms.ChoiceField(choices=WHY_SUPPRESS, label="Why", initial=SuppressionReason.MANUAL.value)
    reason = forms.CharField(
        max_length=300,
        label="In a few words",
        help_text="Stays on the record.",
        error_messages={"required": "Say in a few words why. It stays on the record."},
    )


class CloseOutForm(OutcomeForm, SeenForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Most of what ends here ends without an answer, and Enter then closes it at once.
        self.fields["outcome"].initial = "no-response"


class SetAsideForm(SeenForm):
    area = "aside"
    how = forms.ChoiceField(
        choices=SetAside.choices, label="What instead?", widget=Explained(SET_ASIDE_HELP), initial=SetAside.PAUSE.value
    )
    day = day_field("Day")
    reason = forms.CharField(max_length=300, required=False, label="In a few words", help_text=MAY_BE_READ)


class SettleForm(PanelForm):
    area = "settle"
    outcome = forms.ChoiceField(
        choices=[
            ("sent", "It was sent"),
            ("given_up", "It was not sent"),
            ("send_again", "It was not sent, send it again"),
        ],
        label="What happened",
        widget=Explained(SETTLE_HELP),
        error_messages={"required": "Choose what you found."},
    )
    reason = forms.CharField(max_length=200, required=False, label="How you know")
