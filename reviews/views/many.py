"""Approving many messages at once."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from outreach import tasks as outreach_tasks
from outreach.states import DraftStatus
from reviews import services
from reviews.rules import MOST_AT_ONCE, THE_RULE
from reviews.views.deciding import hold, remember_undo
from reviews.views.requests import kept_query, reviewer, same_view
from reviews.waking import wake
from staff.requests import StaffRequest

#: A message and the text of it that stood on the page.
_CHOSEN = re.compile(r"([0-9]{1,18})-([0-9a-f]{64})")


@require_GET
@reviewer
def many(request: StaffRequest) -> HttpResponse:
    """What waits in this view of the queue, which of it may be approved together, and why the rest may not."""
    return _show(request)


@require_POST
@reviewer
def approve_many(request: StaffRequest) -> HttpResponse:
    """Approve what was ticked, as far as the rule lets it be, and name what was not."""
    address = reverse("reviews:many") + kept_query(request.GET)
    found = [_CHOSEN.fullmatch(one) for one in request.POST.getlist("draft")]
    chosen = {int(one[1]): one[2] for one in found if one is not None}
    if not chosen:
        messages.warning(request, "Nothing was approved. Tick what you want to approve.")
        return redirect(address)
    done = services.approve_many(chosen=chosen, by=request.user, now=timezone.now(), hold=hold())
    wait = hold().total_seconds()
    for draft_id in done.approved:
        # Where the broker does not answer, the next sweep finds them all. Nobody waits for it a hundred times.
        if not wake(outreach_tasks.deliver_one, draft_id, after_seconds=wait):
            break
    if done.approved:
        messages.success(request, _counted(len(done.approved), wait))
    # What stayed stands on the page itself, name by name. Sending the form again would change nothing.
    answer = _show(request, stayed=done.refused) if done.refused else redirect(address)
    return remember_undo(answer) if done.approved and wait else answer


def _show(request: StaffRequest, **extra: Any) -> HttpResponse:
    waiting = same_view(request).filter(status=DraftStatus.AWAITING_REVIEW).select_related("contact", "owner__team")
    judged = services.judge_together(drafts=list(waiting[:MOST_AT_ONCE]), by=request.user, now=timezone.now())
    context = {
        "section": "queue",
        "judged": judged,
        "ready": sum(not one.why_not for one in judged),
        "rule": THE_RULE,
        "most": MOST_AT_ONCE,
        "query": kept_query(request.GET),
        **extra,
    }
    return render(request, "reviews/many.html", context)


def _counted(approved: int, wait: float) -> str:
    what = "One message is approved." if approved == 1 else f"{approved} messages are approved."
    return f"{what} You can take each back for {wait:.0f} seconds." if wait else what
