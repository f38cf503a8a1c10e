"""Working off what came in, in the order of its arrival: each notice is one transaction.

A notice is done in the transaction in which everything followed from it, so that a crash in between leaves it waiting.
One that cannot be understood is marked with the reason, kept, and never stands in the way of the next.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from contacts import services as contacts
from outreach.inbound.matching import contact_of, draft_of_message, draft_of_news
from outreach.inbound.message import IncomingMessage
from outreach.inbound.news import News, Unreadable
from outreach.inbound.notices import QUIET, is_anything_waiting, next_waiting, put_back
from outreach.inbound.reading import read
from outreach.inbound.reports import PROVIDER as MAIL_SERVER
from outreach.models import ProviderNotice
from outreach.rules.machines import Action
from outreach.services.noticing import JUDGED, action_of, note_address_news, note_news
from outreach.services.refusals import Refused
from outreach.services.replying import receive_reply
from outreach.states import NoticeStatus

logger = logging.getLogger("rekindle.inbound")

LONGEST_PROBLEM = 300
#: Openings and clicks of other messages that are read along, to judge one: far more than come in within `QUIET`.
_MOST_AROUND = 2000
#: Not why nothing follows, but that it is too early to say.
_LATER = "later"
_NOT_OURS = "It names no message of ours, and nobody has this address."


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What a round did, in numbers of notices. ``ignored`` were nothing of ours, ``failed`` could not be read."""

    done: int = 0
    ignored: int = 0
    failed: int = 0

    def __add__(self, other: TakenIn) -> TakenIn:
        return TakenIn(self.done + other.done, self.ignored + other.ignored, self.failed + other.failed)

    @property
    def total(self) -> int:
        return self.done + self.ignored + self.failed


class _Round:
    """One look at the queue. What lies around a click is read at most once in it."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._clicks: list[tuple[int, News]] | None = None

    def around(self, notice: ProviderNotice, news: News) -> list[Action]:
        """Other openings and clicks of the same message that wait to be judged."""
        if self._clicks is None:
            self._clicks = [(one.pk, told) for one in put_back(self.now, _MOST_AROUND) for told in _told(one)]
        ids = set(news.message_ids)
        return [
            action_of(told, self.now)
            for pk, told in self._clicks
            if pk != notice.pk
            and (told.draft_id == news.draft_id if news.draft_id is not None else bool(ids & set(told.message_ids)))
        ]


def take_in(*, now: datetime, limit: int = 200, wait: bool = False) -> TakenIn:
    """Work off what waits, the oldest first, at most ``limit`` notices. Any number of processes may do this at once.

    ``wait``: also wait for what another process is reading at this moment. Raises nothing for what a notice says; when
    the database fails, what is not done waits for the next round.
    """
    taken, after, round_ = TakenIn(), 0, _Round(now)
    for _ in range(limit):
        before = after
        try:
            with transaction.atomic():
                notice = next_waiting(now, after, wait=wait)
                if notice is None:
                    break
                after = notice.pk
                taken += _take(notice, round_)
        except OperationalError:
            if after == before:
                raise
            # Two of us waited for each other, for instance. It is read again in the next round.
            logger.warning("Notice %s waits for another round", after)
    return taken


def catch_up(*, now: datetime, limit: int = 500) -> bool:
    """Read everything that came in until now, before anything leaves: it may say stop (promise R3).

    False where that was not possible: more waits than ``limit``, or the database would not. Call it outside of a
    transaction, so that others see what follows from it.
    """
    if not is_anything_waiting(now):
        return True
    take_in(now=now, limit=limit)
    if not is_anything_waiting(now):
        return True
    # Another process is at what is left. What it finds must count before the next claim.
    take_in(now=now, limit=limit, wait=True)
    return not is_anything_waiting(now)


def _take(notice: ProviderNotice, round_: _Round) -> TakenIn:
    """Read one notice and do what follows from it, or write down why nothing does."""
    try:
        # Half of what follows must not stay behind when the other half fails.
        with transaction.atomic():
            problem = _follow(notice, round_)
    except (OperationalError, InterfaceError):
        raise
    except (Unreadable, Refused, contacts.Refused) as refused:
        return _finish(notice, NoticeStatus.FAILED, refused.sentence, round_.now)
    except Exception as problem:
        logger.exception("Notice %s could not be taken in", notice.pk)
        words = f"It could not be taken in ({type(problem).__name__}). It is kept; try again after the next update."
        return _finish(notice, NoticeStatus.FAILED, words, round_.now)
    if problem is None:
        return _finish(notice, NoticeStatus.DONE, "", round_.now)
    if problem == _LATER:
        ProviderNotice.objects.filter(pk=notice.pk).update(tries=notice.tries + 1)
        return TakenIn()
    return _finish(notice, NoticeStatus.IGNORED, problem, round_.now)


def _follow(notice: ProviderNotice, round_: _Round) -> str | None:
    """Do what follows. None when something did; otherwise why nothing does, or that it is too early to say."""
    said = read(notice)
    if isinstance(said, IncomingMessage):
        if _is_ours(said.sender):
            return "It is from ourselves."
        draft = draft_of_message(said)
        receive_reply(message=said, draft=draft, contact=contact_of(said, draft), notice=notice, now=round_.now)
        return None
    if not said:
        return "It holds nothing that we could act on."
    if any(one.kind in JUDGED for one in said) and notice.received_at > round_.now - QUIET:
        return _LATER
    problems = [_follow_news(notice, one, round_) for one in said]
    return None if None in problems else problems[0]


def _follow_news(notice: ProviderNotice, news: News, round_: _Round) -> str | None:
    draft = draft_of_news(news)
    if draft is not None:
        around: Sequence[Action] = round_.around(notice, news) if news.kind in JUDGED else ()
        note_news(news=news, draft=draft, now=round_.now, around=around)
        return None if news.kind else news.words
    # A report by mail can be written by anybody: without a message of ours it proves nothing about an address.
    if news.provider != MAIL_SERVER and note_address_news(news=news, now=round_.now):
        return None
    return _NOT_OURS if news.kind else news.words


def _is_ours(sender: str) -> bool:
    """Two machines that answer each other would never end."""
    ours = {parseaddr(settings.FROM_EMAIL)[1].lower(), settings.INBOUND_ADDRESS.lower()} - {""}
    return sender.strip().lower() in ours


def _told(notice: ProviderNotice) -> list[News]:
    try:
        said = read(notice)
    except Unreadable:
        return []
    return [] if isinstance(said, IncomingMessage) else said


def _finish(notice: ProviderNotice, status: NoticeStatus, problem: str, now: datetime) -> TakenIn:
    ProviderNotice.objects.filter(pk=notice.pk, status=NoticeStatus.WAITING).update(
        status=status, problem=problem[:LONGEST_PROBLEM], done_at=now, tries=notice.tries + 1
    )
    counted = {NoticeStatus.DONE: "done", NoticeStatus.IGNORED: "ignored", NoticeStatus.FAILED: "failed"}
    return TakenIn(**{counted[status]: 1})
