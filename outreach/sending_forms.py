"""What a person fills in on the page about sending. The services judge it; these only read it."""

from __future__ import annotations

from typing import Any

from django import forms

from contacts.states import Channel
from outreach.models import ChannelRules
from outreach.states import StopScope
from staff.forms import PanelForm


class StopForm(PanelForm):
    area = "stop"
    scope = forms.ChoiceField(label="What to stop", choices=StopScope.choices)
    reason = forms.CharField(label="Why", max_length=300, required=False)


class LiftForm(PanelForm):
    """``stop_id`` tells the forms of several stops on one page apart."""

    reason = forms.CharField(label="Why it may go on", max_length=300, help_text="Kept beside the stop.")

    def __init__(self, *args: Any, stop_id: int, **kwargs: Any) -> None:
        self.area = f"lift-{stop_id}"
        super().__init__(*args, **kwargs)


class HoursForm(PanelForm):
    opens = forms.IntegerField(label="From", min_value=0, max_value=23, help_text="Hour, 0 to 23")
    closes = forms.IntegerField(label="Until", min_value=1, max_value=24, help_text="Hour, 1 to 24")
    on_weekends = forms.BooleanField(label="Also on weekends", required=False)
    on_holidays = forms.BooleanField(label="Also on public holidays", required=False)

    def __init__(self, *args: Any, channel: str, **kwargs: Any) -> None:
        self.area = f"hours-{channel}"
        super().__init__(*args, **kwargs)

    @classmethod
    def of(cls, row: ChannelRules) -> HoursForm:
        """The form with the hours as they are."""
        return cls(channel=row.channel, initial={name: getattr(row, name) for name in cls.base_fields})


class CapForm(PanelForm):
    area = "cap"
    channel = forms.ChoiceField(
        label="Counted", required=False, choices=[("", "Over all channels together"), *Channel.choices]
    )
    most = forms.IntegerField(label="At most", min_value=1, max_value=32767, help_text="Messages to one person")
    days = forms.IntegerField(label="In so many days", min_value=1, max_value=90)


class RateForm(PanelForm):
    area = "rate"
    provider = forms.ChoiceField(label="Who takes the messages")
    per_minute = forms.IntegerField(label="At most a minute", min_value=1, max_value=2_147_483_647)

    def __init__(self, *args: Any, providers: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = [(one, one) for one in providers]  # type: ignore[attr-defined]


class WarmUpForm(PanelForm):
    area = "warm-up"
    domain = forms.CharField(label="Domain", max_length=254, help_text="What follows the @ of the sender")
    began_on = forms.DateField(
        label="First day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), help_text="Days of UTC"
    )
    first_day = forms.IntegerField(label="Mails on the first day", min_value=1, max_value=2_147_483_647, initial=50)
    growth = forms.DecimalField(
        label="Times as many each day", min_value=1, max_value=99, decimal_places=2, max_digits=4, initial="1.50"
    )
    most_a_day = forms.IntegerField(
        label="Never more a day than", min_value=0, max_value=2_147_483_647, initial=0, help_text="0: no limit"
    )
