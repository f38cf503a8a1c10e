"""What a timeline shows, in which order, and that a page costs the same however much there is."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import cycle

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts import services as contacts
from contacts.models import Contact, Event, Merge
from contacts.states import Channel, Consent, SuppressionChannel, SuppressionReason
from followups import services as followups
from outreach import services as outreach
from outreach.inbound.message import IncomingMessage
from outreach.models import Draft
from retention.models import (
    Customer,
    Enrolment,
    Playbook,
    ScoreChange,
    ScoreFeedback,
    ScoreModel,
    ScoreOverride,
    ScoreVersion,
)
from reviews import services as reviews
from reviews.timeline import SIZE, Entry, timeline
from reviews.timeline.entries import GROUPS
from reviews.timeline.places import Place
from staff.models import User
from tests.reviews.pages import signed_in, text_of
from tests.reviews.world import NOW, make_account, make_item, make_manager, make_owner

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def make_contact(name: str = "Marta Lindqvist") -> Contact:
    return contacts.create_contact(name=name, account=make_account())


def titles(contact: Contact) -> list[str]:
    return [entry.title for entry in timeline(contact).entries]


def everything(contact: Contact, size: int) -> list[Entry]:
    """All pages, one after the other."""
    found: list[Entry] = []
    after: Place | None = None
    for _ in range(200):
        page = timeline(contact, after=after, size=size)
        found += page.entries
        after = page.following
        if after is None:
            return found
    raise AssertionError("The pages do not end.")


def with_all_kinds(owner: User) -> Contact:
    """A contact of whom there is at least one entry of every kind."""
    draft = make_item(owner)
    contact, lead = draft.contact, draft.attempt.lead
    for name, value in (("visit_logged", {}), ("nps_submitted", {"score": 4})):
        contacts.record_event(contact=contact, name=name, occurred_at=NOW - 30 * HOUR, properties=value)
    for kind, direction in (("call", "out"), ("note", "out"), ("answer", "in")):
        contacts.record_touch(
            contact=contact, at=NOW - 80 * HOUR, direction=direction, kind=kind, summary=f"A {kind}", by=owner
        )
    followups.add_note(lead=lead, text="They open in spring", by=owner, now=NOW - 50 * HOUR)
    reviews.add_note(draft_id=draft.pk, text="Write to them in the morning", by=make_manager(), now=NOW - 40 * HOUR)
    reviews.edit(
        draft_id=draft.pk, fingerprint=draft.fingerprint, subject="Another subject", body=draft.body, by=owner, now=NOW
    )
    suppression = contacts.suppress(
        contact=contact, channel=Channel.SMS, reason=SuppressionReason.OPTED_OUT, at=NOW, source="A reply", by=owner
    )
    contacts.lift_suppression(suppression=suppression, reason="They asked for it", by=owner, at=NOW + HOUR)
    model = ScoreModel.objects.create(name=f"tried-{contact.pk}", title="Tried", position=90)
    version = ScoreVersion.objects.create(model=model, number=1)
    customer = Customer.objects.create(external_id=f"customer-{contact.pk}", contact=contact, owner=owner)
    ScoreChange.objects.create(
        customer=customer, version=version, at=NOW, cause="refresh", total_before=15, total_after=45,
        band_before="low", band_after="medium", by_behaviour=30,
    )  # fmt: skip
    ScoreOverride.objects.create(
        customer=customer, band="low", reason="They are on leave", created_at=NOW, created_by=owner,
        expires_at=NOW + timedelta(days=30),
    )  # fmt: skip
    ScoreFeedback.objects.create(
        customer=customer, version=version, total=45, band="medium", note="They moved house", created_at=NOW,
        created_by=owner,
    )  # fmt: skip
    nudge = Playbook.objects.get(name="soft-nudge")
    Enrolment.objects.create(
        customer=customer, contact=contact, playbook=nudge, version=nudge.versions.get(number=1), status="waiting",
        fitted_at=NOW, expires_at=NOW + HOUR, look_at=NOW, waits_for="Waits for room in the pilot.",
    )  # fmt: skip
    other = contacts.create_contact(name="M. Lindqvist")
    Contact.objects.filter(pk=other.pk).update(merged_into=contact)
    Merge.objects.create(survivor=contact, merged=other, key="person", reason="Same person", merged_at=NOW)
    return contact


class TestWhatItShows:
    def test_every_kind_stands_in_it_and_can_be_asked_for_alone(self) -> None:
        contact = with_all_kinds(make_owner(name="Olga Owner"))
        entries = timeline(contact).entries
        assert {entry.group for entry in entries} == set(GROUPS)
        for group in GROUPS:
            alone = timeline(contact, group=group).entries
            assert alone == [entry for entry in entries if entry.group == group]
            assert alone

    def test_an_answer_leads_to_its_page(self) -> None:
        draft = make_item(make_owner())
        message = IncomingMessage("email", draft.address, ("us@ours.example",), "Does it work on Mondays?", NOW)
        reply = outreach.receive_reply(message=message, draft=draft, contact=draft.contact, notice=None, now=NOW)
        (entry,) = [one for one in timeline(draft.contact).entries if one.title == "Question by e-mail"]
        assert entry.opens == ("reply", reply.pk)

    def test_a_note_for_colleagues_stands_among_the_notes_on_its_day(self) -> None:
        draft = make_item(make_owner(name="Olga Owner"))
        manager = make_manager()
        reviews.add_note(draft_id=draft.pk, text="Write to them in the morning", by=manager, now=NOW - 40 * HOUR)
        ((day, (entry,)),) = timeline(draft.contact, group="notes").days
        assert (entry.title, entry.detail) == (f"Note of {manager}", "Write to them in the morning")
        assert (day, entry.opens) == ((NOW - 40 * HOUR).date(), ("message", draft.pk))
        page = text_of(signed_in(manager).get(reverse("reviews:contact", args=[draft.contact_id]) + "?kind=notes"))
        assert f"Note of {manager} Write to them in the morning" in page

    def test_the_words_say_what_happened(self) -> None:
        said = titles(with_all_kinds(make_owner(name="Olga Owner")))
        for words in (
            "Visit",
            "NPS answer",
            "Call",
            "Note of Olga Owner",
            "Decided: Write with a reason",
            "Edited by Olga Owner",
            "Score 15 to 45, Medium",
            "Low set by Olga Owner until 19 June 2026",
            "Waits for playbook “Soft nudge”",
            "Olga Owner says that the score is wrong",
            "E-mail: allows messages",
            "Nothing more is sent: opted out",
            "Olga Owner lifted “opted out”",
            "M. Lindqvist became part of Marta Lindqvist",
        ):
            assert words in said
        assert said.count("E-mail: Another subject") == 1

    def test_it_can_be_narrowed_to_one_side(self) -> None:
        contact = with_all_kinds(make_owner(name="Olga Owner"))
        contacts.record_event(contact=contact, name="email_sent", occurred_at=NOW)
        theirs = timeline(contact, direction="in").entries
        ours = timeline(contact, direction="out").entries
        assert {entry.direction for entry in theirs} == {"in"}
        assert {entry.direction for entry in ours} == {"out"}
        assert {entry.title for entry in theirs} == {
            "Visit", "NPS answer", "Answer", "E-mail: allows messages", "SMS: allows messages",
            "Nothing more is sent: opted out",
        }  # fmt: skip
        assert {entry.title for entry in ours} == {"E-mail sent", "Call", "Note", "E-mail: Another subject"}
        assert timeline(contact, direction="in", group="scores").entries == []

    def test_what_was_refused_for_the_account_or_an_address_stands_in_it(self) -> None:
        contact = contacts.create_contact(name="Bo", email="bo@north.example", account=make_account())
        contacts.set_address(contact=contact, kind="email", value="bo@south.example")
        assert contact.account is not None
        for target in ({"account": contact.account}, {"address": ("email", "bo@north.example")}):
            contacts.suppress(
                channel=SuppressionChannel.ALL, reason=SuppressionReason.LEGAL, at=NOW, source="A letter", **target
            )
        contacts.suppress(
            address=("email", "else@north.example"), channel=Channel.EMAIL, reason=SuppressionReason.LEGAL, at=NOW
        )
        assert [entry.detail for entry in timeline(contact).entries] == [
            "Every channel for bo@north.example. A letter",
            "Every channel for the whole account. A letter",
        ]

    def test_a_contact_without_anything_has_an_empty_one(self) -> None:
        page = timeline(make_contact())
        assert page.days == []
        assert page.following is None


class TestEvents:
    def test_the_same_on_one_day_stands_together_with_its_times(self) -> None:
        contact = make_contact()
        for hour in (9, 11, 20):
            contacts.record_event(
                contact=contact,
                name="purchase_made",
                occurred_at=datetime(2026, 5, 4, hour, tzinfo=UTC),
                properties={"total": hour, "currency": "GBP"},
            )
        contacts.record_event(contact=contact, name="app_opened", occurred_at=datetime(2026, 5, 4, 10, tzinfo=UTC))
        contacts.record_event(
            contact=contact, name="purchase_made", occurred_at=datetime(2026, 5, 3, 23, 59, tzinfo=UTC)
        )
        (day, first), (_, second) = timeline(contact).days
        assert day.isoformat() == "2026-05-04"
        assert [entry.title for entry in first] == ["Purchase, 3 times", "App opened"]
        assert [(one.at.hour, one.detail) for one in first[0].times] == [
            (20, "20.00 GBP"), (11, "11.00 GBP"), (9, "9.00 GBP"),
        ]  # fmt: skip
        assert [entry.title for entry in second] == ["Purchase"]

    def test_what_does_not_count_says_why(self) -> None:
        contact = make_contact()
        at = NOW - timedelta(days=1)
        contacts.record_event(contact=contact, name="email_opened", occurred_at=at)
        contacts.record_event(contact=contact, name="email_opened", occurred_at=at, machine=True)
        contacts.record_event(contact=contact, name="Lights dimmed", occurred_at=at)
        contacts.record_event(contact=contact, name="visit_logged", occurred_at=datetime(1970, 1, 1, tzinfo=UTC))
        assert {(entry.title, entry.mark) for entry in timeline(contact).entries} == {
            ("E-mail opened", ""),
            ("E-mail opened", "not counted: a machine did this"),
            ("Lights dimmed", "not counted: nobody has said what this name counts as"),
            ("Visit", "not counted: dated before 1990"),
        }

    def test_days_that_are_long_are_told_whole_and_once(self) -> None:
        contact = make_contact()
        names = {"visit_logged": "Visit", "app_opened": "App opened", "email_opened": "E-mail opened"}
        happened = [
            (datetime(2026, 5, 4, tzinfo=UTC) + timedelta(minutes=36 * number), name)
            for number, name in zip(range(120), cycle(names), strict=False)
        ]
        for at, name in happened:
            contacts.record_event(contact=contact, name=name, occurred_at=at)
        lines = Counter((at.date(), name) for at, name in happened)
        newest = {(at.date(), name): at for at, name in happened}
        expected = [
            f"{names[name]}, {lines[day, name]} times"
            for day, name in sorted(lines, key=lambda line: newest[line], reverse=True)
        ]
        assert [entry.title for entry in everything(contact, size=2)] == expected
        assert len(expected) == 9

    def test_a_day_full_of_one_thing_names_the_newest_and_counts_the_rest(self) -> None:
        contact = make_contact()
        for second in range(50):
            contacts.record_event(contact=contact, name="app_opened", occurred_at=NOW + timedelta(seconds=second))
        (entry,) = timeline(contact).entries
        assert entry.title == "App opened, 50 times"
        assert (len(entry.times), entry.more) == (20, 30)
        assert entry.times[0].at == NOW + timedelta(seconds=49)

    def test_a_dispute_has_its_particulars(self) -> None:
        contact = make_contact()
        contacts.record_event(
            contact=contact, name="support_ticket_created", occurred_at=NOW,
            properties={"severity": "high", "ticket_id": "T-9"},
        )  # fmt: skip
        contacts.record_event(
            contact=contact, name="session_ended", occurred_at=NOW - HOUR, properties={"seconds": 754}
        )
        assert [entry.detail for entry in timeline(contact).entries] == ["severity high, ticket T-9", "12 min"]


def test_pages_leave_nothing_out_where_everything_happens_at_once() -> None:
    contact = with_all_kinds(make_owner())
    for number in range(7):
        contacts.record_touch(contact=contact, at=NOW, direction="in", kind="message", summary=f"Message {number}")
        contacts.record_event(contact=contact, name=f"Thing {number}", occurred_at=NOW)
    whole = everything(contact, size=500)
    for size in (1, 3, 4):
        assert [entry.place for entry in everything(contact, size=size)] == [entry.place for entry in whole]
    assert len({entry.place for entry in whole}) == len(whole) > 30


def test_a_page_costs_the_same_however_much_there_is() -> None:
    owner = make_owner()
    contact = with_all_kinds(owner)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            timeline(contact)
        return len(captured)

    few = queries()
    lead = Draft.objects.get(contact=contact).attempt.lead
    for number in range(60):
        at = NOW - number * HOUR
        contacts.record_event(contact=contact, name="visit_logged", occurred_at=at - 7 * HOUR)
        contacts.record_touch(contact=contact, at=at, direction="out", kind="message", summary=f"Message {number}")
        contacts.record_consent(
            contact=contact, channel=Channel.CALL, status=Consent.NO, source="Call", at=at, by=owner
        )
        followups.add_note(lead=lead, text=f"Note {number}", by=make_manager(), now=at)
        reviews.add_note(
            draft_id=lead.attempts.get().draft_id, text=f"Word {number}", by=make_manager(), now=at - 70 * HOUR
        )
    assert queries() == few
    page = timeline(contact)
    assert len(page.entries) == SIZE
    assert page.following is not None


def test_a_history_of_years_is_read_by_the_index_alone() -> None:
    """A page looks at as many days as it has lines, not at all that ever happened."""
    contact = make_contact()
    name = contacts.record_event(contact=contact, name="visit_logged", occurred_at=NOW).name
    Event.objects.bulk_create(
        Event(contact=contact, name=name, kind=1, occurred_at=NOW - timedelta(hours=5 * number), amount=Decimal(1))
        for number in range(1, 3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE contacts_event")
    with CaptureQueriesContext(connection) as captured:
        timeline(contact, group="events")
    (lines,) = [one["sql"] for one in captured.captured_queries if "RECURSIVE" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {lines}")
        plan = cursor.fetchone()[0][0]["Plan"]
    assert rows_read(plan) < 800


def rows_read(plan: dict[str, object]) -> float:
    """How many rows the scans of the events gave, all loops together."""
    own = 0.0
    if plan.get("Relation Name") == "contacts_event":
        own = float(str(plan["Actual Rows"])) * float(str(plan["Actual Loops"]))
    children = plan.get("Plans", [])
    assert isinstance(children, list)
    return own + sum(rows_read(child) for child in children)
