"""The tabs of the workbench, for pages of any app: these know nothing of `reviews`."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone

from reviews.work_counts import WorkTab, work_tabs

register = template.Library()


@register.simple_tag(takes_context=True)
def tabs_of_work(context: dict[str, Any]) -> list[WorkTab]:
    """Messages, calls and intake with how much of each waits, as far as this person may see them.

    One statement, or none where the page counted them already and says so as ``work_tabs``.
    """
    counted: list[WorkTab] | None = context.get("work_tabs")
    return work_tabs(context["user"], timezone.now()) if counted is None else counted
