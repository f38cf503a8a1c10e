"""What decides about messages, read from the database: for one, and for many at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from contacts import services as contacts
from contacts.models import Contact, Identity
from contacts.states import Channel, Consent, Direction, IdentityKind, SuppressionReason, TouchKind
from outreach import services
from outreach.checks import countries_exist
from outreach.models import ChannelRules, ContactCap, Draft, Pause, PushSubscription, SendingStop, Topic, TopicRefusal
from outreach.permission import facts_for
from outreach.rules import Cap, Consequence, Hours, StopFact, ZoneSource, may_send
from outreach.states import DraftStatus, Flow
from outreach.zones import whereabouts, zones_of_countries
from tests.factories import make_user
from tests.outreach.world import EARLIER, NOW, make_approved, make_contact, make_draft

DAY = timedelta(days=1)


# --- where they may be, without a database ----------------------------------------------------------------------------

BERLIN, TOKYO = "Europe/Berlin", "Asia/Tokyo"
NEW_ZEALAND = ("Pacific/Auckland", "Pacific/Chatham")
GERMAN, AMERICAN, NOBODYS = "+4930901820", "+12125550123", "+15550001111"


@pytest.mark.parametrize(
    ("theirs", "phone", "account", "locale", "zones", "source", "countries"),
    [
        (TOKYO, AMERICAN, BERLIN, "", (TOKYO,), ZoneSource.THEIRS, ("US",)),
        ("", AMERICAN, BERLIN, "", ("America/New_York",), ZoneSource.PHONE, ("US",)),
        ("", GERMAN, TOKYO, "de-AT", (BERLIN,), ZoneSource.PHONE, ("DE", "AT")),
        ("", "", BERLIN, "de_CH", (BERLIN,), ZoneSource.ACCOUNT, ("CH",)),
        ("", NOBODYS, BERLIN, "de", (BERLIN,), ZoneSource.ACCOUNT, ("NZ",)),
        # Names that are gone, or were never any, count for nothing.
        ("Mars/Olympus", "", "Factory", "", NEW_ZEALAND, ZoneSource.UNKNOWN, ("NZ",)),
        ("../../etc/passwd", "call me", "", "x" * 20, NEW_ZEALAND, ZoneSource.UNKNOWN, ("NZ",)),
        ("", "", "", "en-XX", NEW_ZEALAND, ZoneSource.UNKNOWN, ("NZ",)),
    ],
)  # fmt: skip
def test_where_a_person_may_be(
    settings: Settings,
    theirs: str,
    phone: str,
    account: str,
    locale: str,
    zones: tuple[str, ...],
    source: ZoneSource,
    countries: tuple[str, ...],
) -> None:
    settings.SEND_COUNTRIES = ["NZ"]
    found = whereabouts(timezone=theirs, phone=phone, account_timezone=account, locale=locale)
    assert (found.zones, found.source, found.countries) == (zones, source, countries)


def test_a_number_that_leaves_several_zones_open_leaves_them_all_open() -> None:
    mobile = whereabouts(timezone="", phone="+61412345678", account_timezone=BERLIN, locale="")
    assert {"Australia/Sydney", "Australia/Perth", "Australia/Lord_Howe"} <= set(mobile.zones)
    assert mobile.source == ZoneSource.PHONE


def test_countries_that_are_none_are_refused(settings: Settings) -> None:
    assert zones_of_countries(("DE", "GB"))[0] == BERLIN
    assert countries_exist() == []
    settings.SEND_COUNTRIES = ["UK"]
    assert [found.msg for found in countries_exist()] == [
        "SEND_COUNTRIES names UK, which is no country. Write codes of two letters, such as US or GB."
    ]
    for wrong in (("UK",), ("DE", "Germany"), ()):
        with pytest.raises(ImproperlyConfigured, match="codes of two letters"):
            zones_of_countries(wrong)


# --- what is read -----------------------------------------------------------------------------------------------------


def code_of(draft: Draft) -> str | None:
    refusal = may_send(facts_for(draft_ids=[draft.pk], now=NOW)[draft.pk]).refusal
    return refusal.code if refusal is not None else None


def refuse_topic(draft: Draft, **changes: Any) -> None:
    topic = Topic.objects.get(key="offers")
    Draft.objects.filter(pk=draft.pk).update(topic=topic)
    TopicRefusal.objects.create(contact=draft.contact, topic=topic, refused_at=EARLIER, **changes)


def pause(draft: Draft, **changes: Any) -> None:
    Pause.objects.create(**{"contact": draft.contact, "asked_at": EARLIER, "until": NOW + DAY, **changes})


def sent_before(draft: Draft, ago: timedelta, **changes: Any) -> Draft:
    other = make_approved(draft.contact)
    Draft.objects.filter(pk=other.pk).update(
        **{"status": DraftStatus.SENT, "claimed_at": NOW - ago, "sent_at": NOW - ago, **changes}
    )
    return other


def wrote(draft: Draft, kind: str = TouchKind.ANSWER) -> None:
    contacts.record_touch(
        contact=draft.contact, at=NOW + timedelta(seconds=1), direction=Direction.IN, kind=TouchKind(kind)
    )


def stop(scope: str, **changes: Any) -> None:
    SendingStop.objects.create(scope=scope, stopped_at=NOW, **changes)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (lambda draft: None, None),
        (lambda draft: refuse_topic(draft), "topic"),
        (lambda draft: refuse_topic(draft, withdrawn_at=NOW), None),
        (lambda draft: pause(draft), "pause"),
        (lambda draft: pause(draft, ended_at=NOW), None),
        (lambda draft: pause(draft, until=NOW), None),
        (lambda draft: stop("all"), "stopped"),
        (lambda draft: stop("email"), "stopped"),
        (lambda draft: stop("sms"), None),
        (lambda draft: stop("all", lifted_at=NOW, lifted_by=make_user(), lift_reason="It is well"), None),
        (lambda draft: sent_before(draft, timedelta(hours=23)), "cap"),
        (lambda draft: sent_before(draft, timedelta(hours=25)), None),
        (lambda draft: sent_before(draft, timedelta(hours=1), status="sending", sent_at=None), "cap"),
        (lambda draft: sent_before(draft, timedelta(hours=1), status="unknown", sent_at=None), "cap"),
        (lambda draft: sent_before(draft, timedelta(hours=1), status="failed", sent_at=None), None),
        (lambda draft: (ContactCap.objects.all().delete(), sent_before(draft, timedelta(hours=1))), None),
        (lambda draft: wrote(draft), "replied"),
        (lambda draft: wrote(draft, TouchKind.OUT_OF_OFFICE), None),
        (lambda draft: make_approved(draft.contact, priority=5) and None, "collision"),
        (lambda draft: make_draft(draft.contact, priority=5) and None, None),
        (lambda draft: make_approved(draft.contact, priority=5, due_at=NOW + 2 * DAY) and None, None),
        (lambda draft: ChannelRules.objects.filter(channel="email").update(opens=11, closes=12), "quiet_hours"),
        (lambda draft: ChannelRules.objects.filter(channel="email").delete(), None),  # narrow hours, and it is ten
    ],
)
def test_each_thing_that_decides_is_read(happens: Any, code: str | None) -> None:
    draft = make_approved(owner=make_user())
    happens(draft)
    assert code_of(draft) == code


@pytest.mark.django_db
def test_push_and_the_inbox_reach_only_those_who_can_be_reached() -> None:
    contact = make_contact()
    for channel in (Channel.PUSH, Channel.IN_APP):
        contacts.record_consent(contact=contact, channel=channel, status=Consent.YES, source="Their page", at=EARLIER)

    def reachable() -> list[bool]:
        asked = [
            facts_for(contact_ids=[contact.pk], channel=channel, now=NOW)[contact.pk]
            for channel in (Channel.PUSH, Channel.IN_APP)
        ]
        assert [facts.current_address or facts.channel for facts in asked] == ["push", "in_app"]
        return [bool(facts.current_address) for facts in asked]

    assert reachable() == [False, False]
    subscription = PushSubscription.objects.create(contact=contact, endpoint="https://push.example/1")
    Identity.objects.create(kind=IdentityKind.USER, value="u1", contact=contact)
    assert reachable() == [True, True]
    PushSubscription.objects.filter(pk=subscription.pk).update(ended_at=NOW)
    assert reachable() == [False, True]


def world() -> list[Draft]:
    """Messages about which everything differs."""
    owner = make_user()
    drafts = [make_approved(owner=owner), make_draft(owner=owner), make_approved(owner=owner, channel=Channel.SMS)]
    for happens in (refuse_topic, pause, wrote, lambda draft: sent_before(draft, DAY / 2)):
        draft = make_approved(owner=owner)
        happens(draft)
        drafts.append(draft)
    several = make_contact()
    drafts += [make_approved(several, owner), make_approved(several, owner, channel=Channel.SMS, priority=3)]
    account = contacts.create_account(external_id="northlight", name="Northlight", timezone=BERLIN)
    for contact in (make_contact(), several):
        Contact.objects.filter(pk=contact.pk).update(account=account, locale="de-AT")
    contacts.suppress(account=account, channel="sms", reason=SuppressionReason.MANUAL, at=EARLIER)
    contacts.suppress(contact=several, channel="all", reason=SuppressionReason.OPTED_OUT, at=EARLIER)
    contacts.suppress(
        address=("email", drafts[0].address), channel="email", reason=SuppressionReason.HARD_BOUNCE, at=NOW
    )
    stop("sms")
    return drafts


@pytest.mark.django_db
def test_one_query_for_many_says_what_one_for_each_would_say(django_assert_num_queries: Any) -> None:
    drafts = world()
    ids = [draft.pk for draft in drafts]
    with django_assert_num_queries(1):
        together = facts_for(draft_ids=ids, now=NOW)
    assert set(together) == set(ids)
    alone = {pk: facts for pk in ids for facts in facts_for(draft_ids=[pk], now=NOW).values()}
    assert together == alone
    assert len({facts.suppressions for facts in together.values()}) == 3
    people = [draft.contact_id for draft in drafts]
    with django_assert_num_queries(1):
        asked = services.may_write_to(contact_ids=people, channel=Channel.SMS, flow=Flow.PLAYBOOK, now=NOW)
    assert asked == {
        pk: verdict
        for pk in people
        for verdict in services.may_write_to(
            contact_ids=[pk], channel=Channel.SMS, flow=Flow.PLAYBOOK, now=NOW
        ).values()
    }
    assert facts_for(draft_ids=[], now=NOW) == facts_for(contact_ids=[10**9], now=NOW) == {}


@pytest.mark.django_db
def test_what_holds_for_all_is_read_with_it() -> None:
    stop("sms")
    draft = make_approved(owner=make_user(), channel=Channel.SMS)
    facts = facts_for(draft_ids=[draft.pk], now=NOW)[draft.pk]
    assert facts.stops == (StopFact("sms", NOW),)
    assert facts.caps == (Cap("", 1, 1), Cap("", 3, 7))
    assert facts.hours == Hours(8, 21, on_weekends=True, on_holidays=False)
    assert facts.whereabouts.zones == ("Europe/London",)


@pytest.mark.django_db
def test_before_a_message_is_written_it_is_known_whether_one_might_leave() -> None:
    fine, stranger, gone = make_contact(), make_contact(consent=False), make_contact()
    contacts.suppress(contact=gone, channel="all", reason=SuppressionReason.LEGAL, at=NOW)
    found = services.may_write_to(
        contact_ids=[fine.pk, stranger.pk, gone.pk], channel=Channel.EMAIL, flow=Flow.PLAYBOOK, now=NOW
    )
    codes = [refusal.code if (refusal := found[one.pk].refusal) else None for one in (fine, stranger, gone)]
    assert codes == [None, "consent", "suppressed_legal"]
    assert found[stranger.pk].refusal.consequence == Consequence.SUPPRESS  # type: ignore[union-attr]
