"""Asking a language model about answers that the rules were unsure about. It can add a hold, never lift one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from outreach.drafting import is_on, second_opinion
from outreach.models import Reply
from outreach.rules import replies as rules
from outreach.services.replying import hold_after_second_opinion
from outreach.states import ReplyLabel, ReplyStatus, SortedBy

SECOND_OPINION_WITHIN = timedelta(days=1)


def ask_second_opinions(*, now: datetime, limit: int, ask: Callable[[str], str | None] = second_opinion) -> int:
    """Ask the language model about answers that the rules were unsure about and that nothing is held for.

    Each is asked about once, within a day. Only "they say stop" has a consequence: a hold. Returns how many were held.
    """
    if not is_on():
        return 0
    unsure = Reply.objects.filter(
        status__in=[ReplyStatus.OPEN, ReplyStatus.SETTLED],
        sorted_by=SortedBy.RULE,
        label__in=rules.QUIET,
        confidence__lt=Decimal(str(rules.SURE_ENOUGH)),
        at__gte=now - SECOND_OPINION_WITHIN,
    ).exclude(text="")
    held = 0
    for reply_id, text in list(unsure.order_by("pk").values_list("pk", "text")[:limit]):
        if ask(text) == ReplyLabel.OPT_OUT:
            held += hold_after_second_opinion(reply_id=reply_id, now=now).status == ReplyStatus.HELD
        else:
            # It is not asked again. What it says otherwise changes nothing.
            Reply.objects.filter(pk=reply_id, sorted_by=SortedBy.RULE).update(sorted_by=SortedBy.MODEL)
    return held
