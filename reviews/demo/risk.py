"""What became of what customers did: events taken in, scores of the past weeks, and what people said about those."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from contacts import services as contacts
from contacts.ingest import inbox, messages
from contacts.models import Account, Contact, EventSource
from contacts.services.duplicates import find_duplicates
from contacts.services.merging import merge
from contacts.services.sources import create_source
from contacts.states import MergeKey
from retention.models import Customer, Score, ScoreVersion
from retention.services import (
    draft_version,
    edit_version,
    flag_wrong,
    override,
    recompute_values,
    refresh_all_due,
    request_backtest,
    request_what_if,
    rescore_all,
    run_trial,
)
from retention.states import Band, ChangeCause, Lapse, ModelStatus
from reviews.demo.days import Days
from reviews.demo.files import import_rows
from reviews.demo.members import Member, events_of
from staff.models import User

#: For so many weeks the scores of the past are there.
WEEKS = 12
_BATCH = 100


def behave(members: Sequence[Member], *, seed: int, days: Days) -> None:
    """Import what all of them did, as the systems before this one kept it."""
    import_rows("import_events", events_of(members, seed=seed, days=days), now=days.now)


def connect_app(members: Sequence[Member], *, seed: int, days: Days, by: User) -> EventSource:
    """The studio's app began to send its events itself two days ago. A few are not as they should be."""
    source, _key = create_source(name="Tidewater app", by=by)
    random = Random(f"{seed} app")  # noqa: S311  sample data, no secrets
    sent = list(_sent_by_app([one for one in members if one.customer.startswith("TS-")], days, random))
    for number, start in enumerate(range(0, len(sent), _BATCH)):
        at = days.moment(1, 8, number % 60)
        body = json.dumps({"batch": sent[start : start + _BATCH], "sentAt": at.isoformat()}).encode()
        envelope = messages.open_envelope(messages.BATCH, body)
        inbox.accept(source_id=source.pk, call=messages.BATCH, body=body, envelope=envelope, received_at=at)
    inbox.take_everything_in(now=days.now)
    return source


def _sent_by_app(members: Sequence[Member], days: Days, random: Random) -> Iterator[dict[str, Any]]:
    """Screens that people look at, some before they sign in and some who never do; and four mistakes of the app."""
    calm = [one for one in members if one.case.name in ("steady", "steady and glad")]
    for number, member in enumerate(random.sample(calm, 12)):
        visitor = f"visitor-{number:02}"
        yield _call("screen", days.moment(2, 18, number), f"a{number}", anonymousId=visitor, name="Timetable")
        yield _call(
            "identify",
            days.moment(2, 18, number + 1),
            f"i{number}",
            anonymousId=visitor,
            userId=member.user_id,
            traits={},
        )
        yield _call(
            "track", days.moment(2, 19, number), f"t{number}", userId=member.user_id, event="Application Opened"
        )
    for number in range(6):
        at, visitor, seen = days.moment(2, 20, number), f"passer-by-{number}", {"product": "Twelve classes"}
        yield _call("track", at, f"v{number}", anonymousId=visitor, event="Product Viewed", properties=seen)
    someone = calm[0].user_id
    at = days.moment(2, 21)
    yield _call("track", at, "m1", event="Application Opened")
    yield _call("track", at, "m2", userId=someone, event="NPS Submitted", properties={"score": "ten"})
    yield _call("track", at, "m3", userId=someone, event="")
    yield _call("track", at, "m4", userId=someone, event="Payment Failed", properties={"amount": "about fifty"})


def _call(kind: str, at: datetime, mark: str, **given: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "messageId": str(uuid5(NAMESPACE_URL, f"tidewater {mark}")),
        "timestamp": at.isoformat(),
        **given,
    }


def be_there_twice(members: Sequence[Member], *, days: Days, by: User) -> None:
    """Some people are in two systems: one pair was merged by now, others are only suspected."""
    twice = [one for one in members if one.trade.features][:3]
    known = {contact.external_id: contact for contact in _contacts_of(twice)}
    merged, like, phone = twice
    for member, name in ((merged, merged.name), (like, _misspelt(like.name))):
        account = known[member.user_id].account
        assert account is not None
        local = member.name.split()[0].lower()
        contacts.create_contact(
            external_id=f"{member.user_id}-2", name=name, email=f"{local}@{account.domain}", account=account, by=by
        )
    contacts.set_address(contact=known[phone.user_id], kind="phone", value=_NUMBER, by=by)
    contacts.create_contact(
        external_id=f"{phone.user_id}-2", name="Front desk", phone=_NUMBER, account=_any_other(phone, known), by=by
    )
    merge(
        survivor=known[merged.user_id],
        merged=Contact.objects.get(external_id=f"{merged.user_id}-2"),
        key=MergeKey.PERSON,
        reason="They write to us from both addresses.",
        by=by,
        at=days.moment(4, 10),
    )
    find_duplicates(now=days.now)


#: Of the range that is kept for films and examples, and of nobody else in the sample world.
_NUMBER = "+441632960123"


def _contacts_of(members: Sequence[Member]) -> Any:
    return Contact.objects.select_related("account").filter(external_id__in=[one.user_id for one in members])


def _any_other(member: Member, known: dict[str | None, Contact]) -> Account | None:
    return next(contact.account for user_id, contact in known.items() if user_id != member.user_id)


def _misspelt(name: str) -> str:
    """The name with its last two letters changed about."""
    return name[:-2] + name[:-3:-1]


def look_back(days: Days) -> Iterator[int]:
    """Score everybody once a week, as it would have been done, and now. Gives how many weeks ago each was."""
    for weeks in range(WEEKS, -1, -1):
        rescore_all(now=days.now - timedelta(weeks=weeks), cause=ChangeCause.REFRESH)
        yield weeks


def catch_up(days: Days) -> None:
    """Take everything into account that came in, so that the first refresh has nothing left to do."""
    refresh_all_due(now=days.now)


def judge(*, days: Days, by: User, owner: User) -> None:
    """Two people knew better than the score, and said so."""
    for customer in _in_band(Band.HIGH, owner)[:1]:
        override(
            customer=customer, band=Band.MEDIUM, reason="They told me on the phone that they are back in two weeks.",
            expires_at=days.now + timedelta(days=21), by=owner, now=days.moment(1, 11),
        )  # fmt: skip
    for customer in _in_band(Band.MEDIUM, by)[:2]:
        flag_wrong(customer=customer, note="The venue closes every year at this time.", by=by, now=days.moment(1, 12))


def _in_band(band: str, user: User) -> list[Customer]:
    scores = Score.objects.filter(band=band).values("customer")
    return list(Customer.objects.visible_to(user).filter(pk__in=scores, owner__isnull=False).order_by("external_id"))


def try_a_model(*, days: Days, by: User) -> ScoreVersion:
    """A draft that minds silence sooner, tried on today's customers and on the past."""
    current = ScoreVersion.objects.get(model__name="at-risk", status=ModelStatus.PUBLISHED)
    draft = draft_version(of=current, by=by, note="Mind silence sooner: for the timetable with fewer classes.")
    draft = edit_version(version=draft, changes={"recency_sensitivity": Decimal("1.50")}, by=by)
    dates = [(days.now - timedelta(days=ago)).date() for ago in (75, 60, 45)]
    for trial in (
        request_what_if(version=draft, by=by, now=days.now),
        request_backtest(version=draft, dates=dates, horizon_days=30, lapse=Lapse.NO_ACTIVITY, by=by, now=days.now),
    ):
        run_trial(trial.pk)
    return draft


def value(days: Days) -> None:
    """What every customer is worth, at the first of the last months."""
    month = days.now.date().replace(day=1)
    for _ in range(3):
        recompute_values(month=month, now=days.now)
        month = (month - timedelta(days=1)).replace(day=1)
