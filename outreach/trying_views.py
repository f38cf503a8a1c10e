"""The page to try a text on: every gate's verdict, and nothing is stored."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from contacts.states import Channel
from outreach.services.phrases import house_rules
from outreach.states import DraftKind
from outreach.trying import Trial, try_text

viewer = permission_required("outreach.view_draft", raise_exception=True)

LONGEST_TEXT = 10_000
LONGEST_EARLIER = 30_000
PRESSURES = [(3, "3: asks directly"), (2, "2: asks one thing"), (1, "1: keeps the door open")]
KINDS = [(kind.value, kind.label) for kind in (DraftKind.FOLLOW_UP, DraftKind.CLOSE_LOOP)]


class TryForm(forms.Form):
    """A text, and what the gates would know about it."""

    channel = forms.ChoiceField(label="Channel", choices=Channel.choices, initial=Channel.EMAIL)
    kind = forms.ChoiceField(label="What it is", choices=KINDS)
    locale = forms.CharField(
        label="Their language", max_length=20, required=False, help_text="For instance de-AT.",
        validators=[RegexValidator(r"\A[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*\Z", "Write it like this: de or de-AT.")],
    )  # fmt: skip
    word_limit = forms.IntegerField(label="Word limit", min_value=0, max_value=1000, required=False)
    pressure = forms.TypedChoiceField(label="Pressure of the step", choices=PRESSURES, coerce=int)
    words_before = forms.IntegerField(label="Words of the one before", min_value=0, max_value=1000, required=False)
    pressure_before = forms.TypedChoiceField(
        label="Pressure of the one before", choices=[("", "There is none"), *PRESSURES], coerce=int, required=False,
        empty_value=None,
    )  # fmt: skip
    first_message = forms.BooleanField(label="It would be the first message they get", required=False)
    subject = forms.CharField(
        label="Subject or title", max_length=300, required=False,
        help_text="An e-mail has a subject, a push or in-app message a title, a text message neither.",
    )  # fmt: skip
    body = forms.CharField(
        label="Text", max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 12}), strip=False
    )
    approved = forms.CharField(
        label="Approved wording", max_length=LONGEST_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="What it is measured against. The first line is the subject or title, where there is one.",
    )  # fmt: skip
    evidence = forms.CharField(
        label="What they wrote, or what we know", max_length=LONGEST_TEXT, required=False,
        widget=forms.Textarea(attrs={"rows": 3}), help_text="One piece a line. Amounts are compared with it.",
    )  # fmt: skip
    earlier = forms.CharField(
        label="Earlier messages to them", max_length=LONGEST_EARLIER, required=False,
        widget=forms.Textarea(attrs={"rows": 4}), help_text="Put a line of dashes (---) between two of them.",
    )  # fmt: skip

    #: Rendered in a row of small fields, above the text.
    SMALL = ("channel", "kind", "locale", "pressure", "word_limit", "words_before", "pressure_before")
    TEXTS = ("approved", "evidence", "earlier")

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if not body.strip():
            raise forms.ValidationError("There is no text to try. Write one.")
        return body

    def clean_word_limit(self) -> int:
        return self.cleaned_data["word_limit"] or 0

    def small_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.SMALL]

    def long_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.TEXTS]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@viewer
def try_text_page(request: HttpRequest) -> HttpResponse:
    """A form to try a text with; sent in, it comes back with every gate's verdict and the words marked."""
    context: dict[str, Any] = {"section": "sent"}
    if request.method == "POST":
        form = TryForm(request.POST)
        if form.is_valid():
            context["tried"] = try_text(Trial(**form.cleaned_data), house_rules())
    else:
        form = TryForm()
    context["form"] = form
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    template = "outreach/try_text.html" + ("#trying" if htmx and not htmx.boosted else "")
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response
