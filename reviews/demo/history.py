"""What the sweeps of the past wrote, and what came back: decided, approved and sent by the same services as today."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from followups import services as followups
from outreach import services as outreach
from outreach.models import Draft
from outreach.states import DraftStatus
from reviews import services as reviews
from reviews.demo.days import Days
from reviews.demo.files import import_rows
from reviews.demo.hearing import ask_for_quiet
from reviews.demo.leads import Told
from staff.models import User


class UnexpectedError(Exception):
    """The data files and the rules do not fit together any more. The text says where."""


def live_through(told: Iterable[Told], days: Days) -> int:
    """Play the `history` of all stories, the oldest day first. Returns how many messages were sent."""
    rounds: dict[int, list[tuple[Told, str]]] = {}
    for one in told:
        for ago, what in one.story.history:
            rounds.setdefault(ago, []).append((one, what))
    sent = 0
    for ago in sorted(rounds, reverse=True):
        now = days.moment(ago, 9)
        for _ in followups.sweep(now=now, lead_ids=[one.lead.pk for one, _ in rounds[ago]]):
            pass
        for number, (one, what) in enumerate(rounds[ago]):
            draft = waiting_draft(one)
            if what == "send":
                send(draft, by=one.owner, at=now + timedelta(hours=1, minutes=17 * number + 4))
                sent += 1
    return sent


def waiting_draft(one: Told) -> Draft:
    """The draft that waits for this lead's owner."""
    draft = Draft.objects.filter(attempt__lead=one.lead, status=DraftStatus.AWAITING_REVIEW).first()
    if draft is None:
        raise UnexpectedError(f"No draft was written for “{one.story.name}” ({one.lead}).")
    return draft


def send(draft: Draft, *, by: User, at: datetime) -> None:
    """Approve and send."""
    reviews.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=by, now=at)
    result = outreach.deliver_one(draft.pk, at + timedelta(minutes=1))
    if result != outreach.Result.SENT:
        raise UnexpectedError(f"Message {draft.pk} was not sent: {result}.")


def import_later_stages(told: Iterable[Told], days: Days) -> None:
    """A newer export of the CRM, in which some deals are decided."""
    import_rows(
        "import_leads",
        [
            {"external_id": one.lead.external_id, "email": one.person.row["email"], "stage": one.story.becomes}
            for one in told
            if one.story.becomes
        ],
        now=days.now,
    )


def come_to_an_end(told: Iterable[Told], days: Days) -> None:
    """What people did with some of the drafts of today."""
    for one in told:
        if one.story.then:
            _ENDINGS[one.story.then](waiting_draft(one), one, days)


def _promising_edit(draft: Draft, one: Told, days: Days) -> None:
    _edit(draft, one, days, "I talked to the team: we can include a third round of changes at no extra cost.")


def _nudging_edit(draft: Draft, one: Told, days: Days) -> None:
    _edit(draft, one, days, "I am just checking in to see whether there is any news.")


def _cheaper_edit(draft: Draft, one: Told, days: Days) -> None:
    _edit(draft, one, days, "I looked at it again: all of it together would be 990 EUR.")


def _reproachful_edit(draft: Draft, one: Told, days: Days) -> None:
    _edit(draft, one, days, "I have tried to reach you several times and you keep ignoring me.")


def _fourth_nudge(draft: Draft, one: Told, days: Days) -> None:
    """Instead of leaving it there, as the message for a third silence does."""
    greeting, _said, *end = draft.body.split("\n\n")
    asked = "I am just checking in again to hear whether you have decided."
    _rewrite(draft, one, days, "\n\n".join([greeting, asked, *end]))


def _ask_for_quiet(draft: Draft, one: Told, days: Days) -> None:
    """They choose a month of quiet on the page that an earlier message led to."""
    _approve(draft, one, days)
    ask_for_quiet(draft, days.now)


def _edit(draft: Draft, one: Told, days: Days, sentence: str) -> None:
    """Put a sentence before the sign-off. The checks read the new text."""
    body = draft.body.replace(f"\n\n{one.owner.name}", f"\n\n{sentence}\n\n{one.owner.name}", 1)
    _rewrite(draft, one, days, body)


def _rewrite(draft: Draft, one: Told, days: Days, body: str) -> None:
    reviews.edit(
        draft_id=draft.pk, fingerprint=draft.fingerprint, subject=draft.subject, body=body, by=one.owner, now=days.now
    )


def _approve(draft: Draft, one: Told, days: Days) -> None:
    reviews.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=one.owner, now=days.now)


def _fail(draft: Draft, one: Told, days: Days) -> None:
    """The provider refuses the address, which nobody could have seen before."""
    _approve(draft, one, days)
    result = outreach.deliver_one(draft.pk, days.now)
    if result != outreach.Result.FAILED:
        raise UnexpectedError(f"Message {draft.pk} was to fail and did not: {result}.")


def _break_off(draft: Draft, one: Told, days: Days) -> None:
    """The sending process dies after it claimed the message: whether it left, only a person can find out."""
    _approve(draft, one, days)
    outreach.claim(draft.pk, days.now)
    # The lease of a claim runs by the clock on the wall, whatever moment the sample world is made for.
    outreach.mark_lost_sends(timezone.now() + timedelta(days=1))


def _opt_out(draft: Draft, one: Told, days: Days) -> None:
    """They follow the link of an earlier message while the next one is approved and about to leave."""
    _approve(draft, one, days)
    outreach.unsubscribe(token=draft.unsubscribe_token, now=days.now)


def _close_out(draft: Draft, one: Told, days: Days) -> None:
    reviews.close_out(
        draft_id=draft.pk, fingerprint=draft.fingerprint, disposition="documented",
        reason="They told a colleague at the fair that the project is off.", by=one.owner, now=days.now,
    )  # fmt: skip


def _suppress(draft: Draft, one: Told, days: Days) -> None:
    reviews.suppress(
        draft_id=draft.pk, fingerprint=draft.fingerprint, scope="sequence", why="manual",
        reason="I meet them on Thursday anyway.", by=one.owner, now=days.now,
    )  # fmt: skip


_ENDINGS: dict[str, Callable[[Draft, Told, Days], None]] = {
    "promising edit": _promising_edit,
    "nudging edit": _nudging_edit,
    "cheaper edit": _cheaper_edit,
    "reproachful edit": _reproachful_edit,
    "fourth nudge": _fourth_nudge,
    "approve": _approve,
    "ask for quiet": _ask_for_quiet,
    "fail": _fail,
    "break off": _break_off,
    "opt out": _opt_out,
    "close out": _close_out,
    "suppress": _suppress,
}
