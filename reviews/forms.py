"""What a reviewer fills in. The services judge it; these only read it."""

from __future__ import annotations

from typing import Any

from django import forms

from contacts.forms import WHY_SUPPRESS
from contacts.states import SuppressionReason
from followups.forms import MAY_BE_READ, OutcomeForm, day_field
from outreach.states import Flow
from reviews.models import LONGEST_NOTE
from reviews.services import colleagues_of
from reviews.snoozes import Snooze
from reviews.states import SetAside, SuppressScope
from staff.forms import Explained, PanelForm
from staff.models import User

SCOPE_HELP = {
    SuppressScope.CHANNEL: "Nothing more to this person on this channel, from any flow.",
    SuppressScope.CONTACT: "Nothing more to this person on any channel.",
    SuppressScope.ACCOUNT: "Nothing more to anybody at this account.",
}
#: What "this follow-up" is depends on what the message is part of.
FOLLOW_UP_HELP = {
    Flow.CADENCE: "Nobody is written to about this silence again. Other messages stay possible.",
    Flow.PLAYBOOK: "The playbook ends for this person: no more messages or calls of it. Others stay possible.",
    Flow.SERVICE: "Only this message is not sent. Other messages stay possible.",
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
    )
    why = forms.ChoiceField(choices=WHY_SUPPRESS, label="Why", initial=SuppressionReason.MANUAL.value)
    reason = forms.CharField(
        max_length=300,
        label="In a few words",
        help_text="Stays on the record.",
        error_messages={"required": "Say in a few words why. It stays on the record."},
    )

    def __init__(self, *args: Any, flow: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scope"]
        assert isinstance(field, forms.ChoiceField)
        field.widget = Explained({**SCOPE_HELP, SuppressScope.SEQUENCE: FOLLOW_UP_HELP[Flow(flow)]})
        field.widget.choices = field.choices


class CloseOutForm(OutcomeForm, SeenForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Most of what ends here ends without an answer, and Enter then closes it at once.
        self.fields["outcome"].initial = "no-response"


class SetAsideForm(SeenForm):
    area = "aside"
    side_by_side = ("day", "reason")
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


class SnoozeForm(SeenForm):
    area = "snooze"
    until = forms.ChoiceField(
        choices=Snooze.choices, label="Until when", initial=Snooze.TOMORROW.value, widget=forms.RadioSelect
    )
    day = day_field("Day")
    reason = forms.CharField(
        max_length=300,
        label="What you wait for",
        help_text="You read it when it comes back.",
        error_messages={"required": "Say in a few words what you wait for. It is shown when the message comes back."},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("until") == Snooze.DAY and cleaned.get("day") is None and "day" not in self.errors:
            self.add_error("day", "Choose the day on which it comes back.")
        return cleaned


class ReassignForm(SeenForm):
    area = "reassign"
    to_user = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label="To whom",
        empty_label="Choose",
        error_messages={
            "required": "Choose a colleague.",
            "invalid_choice": "You cannot give messages to this person. Choose somebody of your team.",
        },
    )
    reason = forms.CharField(max_length=300, required=False, label="Why", help_text="They read it with the message.")

    def __init__(self, *args: Any, by: User, owner_id: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to_user"]
        assert isinstance(field, forms.ModelChoiceField)
        others = colleagues_of(by)
        field.queryset = others if owner_id is None else others.exclude(pk=owner_id)


class NoteForm(PanelForm):
    area = "note"
    text = forms.CharField(
        max_length=LONGEST_NOTE,
        label="Note about this person",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Colleagues read it. It is never sent.",
        error_messages={
            "required": "The note is empty. Write what colleagues should know.",
            "max_length": "The note has %(show_value)s characters. Shorten it to %(limit_value)s.",
        },
    )


class KeptForm(forms.Form):
    """What stands in the edit form while somebody types. Nothing is asked of it: half a text is worth keeping."""

    fingerprint = forms.CharField(max_length=64)
    subject = forms.CharField(required=False, strip=False)
    body = forms.CharField(required=False, strip=False)
