"""What a person says about a message that may have left."""

from __future__ import annotations

from django import forms


class SettleForm(forms.Form):
    """Sent, or not; and if not, whether it should still go."""

    found = forms.ChoiceField(
        label="What did you find?",
        choices=[
            ("sent", "It was sent"),
            ("send_again", "It was not sent. Send it now"),
            ("not_sent", "It was not sent, and is not needed any more"),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="How do you know?",
        max_length=200,
        required=False,
        help_text="For instance: it is in the mail server's log.",
    )
