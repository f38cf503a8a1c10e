"""The pages of decisions and suggestions, and the suggestions they need to stand on."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse
from django.utils import timezone

from outreach.models import Template
from reviews.models import ReviewDecision, Suggestion
from reviews.rules.learning import Learned, about_asking, about_wording
from staff.models import User


def page(name: str, query: str = "") -> Callable[[], str]:
    return lambda: reverse(f"reviews:{name}") + query


def decision() -> str:
    """An edit, whose page shows most."""
    return reverse("reviews:decision", args=[ReviewDecision.objects.filter(action="edit").latest("pk").pk])


def of_the_owner() -> str:
    return reverse("reviews:decisions_of", args=[User.objects.get(username="owner").pk])


DECISION_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("decisions", "owner", page("decisions")),
    ("decisions, filtered to nothing", "manager", page("decisions", "?first=2001-01-01&last=2001-01-01")),
    ("decision", "manager", decision),
    ("decisions of a person", "manager", of_the_owner),
    ("suggestions", "manager", page("suggestions")),
]
POSTED_TO_SUGGESTIONS = {"accept_suggestion", "dismiss_suggestion"}
NO_PAGE_OF_DECISIONS = {"reviews:export_decisions": "a file"}


def rare_suggestions() -> None:
    """What many more decisions than the sample world has would suggest: the rules say it of figures."""
    template = Template.objects.filter(shipped=True).order_by("pk")[0]
    wording = Learned(
        group=f"template:{template.pk}", name=template.name, template_id=template.pk, unchanged=9, edited=31, share=0.12
    )
    step = Learned(group="cadence:1:follow_up:1", name="default, follow-up 1", unchanged=64, only_asked=64)
    for found in (about_wording(wording), about_asking(step)):
        assert found is not None
        Suggestion.objects.create(
            kind=found.kind, key=found.key, about=found.about, template_id=found.template_id, sentence=found.sentence,
            evidence=dict(found.evidence), made_at=timezone.now(),
            text="Your quote\nHello {first_name|},\n\nhere is what we talked about." if found.template_id else "",
        )  # fmt: skip
