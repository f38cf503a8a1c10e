"""The monthly review of exceptions: what is found, that it is worked through, and that signing off is final."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts import services as contacts
from followups import exceptions, services
from followups.exceptions import Month
from followups.models import Attempt, ExceptionsReview, Lead, Ruling, SeenException
from followups.states import ExceptionKind
from outreach import services as outreach
from staff.models import User
from tests.factories import make_user
from tests.followups.making import NOW, ago, draft_of, make_lead, owner_of, send, swept

pytestmark = pytest.mark.django_db

MAY, APRIL = Month.at(NOW), Month.at(NOW).before()
JUNE = datetime(2026, 6, 3, 9, tzinfo=UTC)
OVERRIDDEN, STOPPED, WAITS = ExceptionKind.OVERRIDDEN, ExceptionKind.STOPPED, ExceptionKind.WAITS_LONGEST


@pytest.fixture
def manager() -> User:
    return make_user("SDR manager")


def found(kind: str, *, month: Month = MAY, now: datetime = JUNE) -> dict[int, list[str]]:
    """The sentences of each lead."""
    ids = [lead for lead, _ in exceptions.places_of(month, kind, now, unseen=False, after=None, most=100)]
    happened = exceptions.happened(month, kind, now, ids)
    assert list(happened) == ids or set(happened) == set(ids)
    people = exceptions.people_of(happened.values())
    return {lead: [exceptions.say(one, people) for one in each] for lead, each in happened.items()}


def drafted(**fields: Any) -> Lead:
    lead = make_lead(**fields)
    swept(ago(1), lead_ids=[lead.pk])
    return lead


def edit(lead: Lead, body: str) -> None:
    draft = draft_of(lead)
    outreach.edit(
        draft_id=draft.pk, fingerprint=draft.fingerprint, subject=draft.subject, body=body, by=owner_of(lead), now=NOW
    )


# --- what is found --------------------------------------------------------------------------------------------------


def test_closing_what_was_to_be_written_to_is_an_override() -> None:
    lead = drafted()
    services.close_out(lead=lead, disposition="nurture", reason="They asked.", by=owner_of(lead), now=NOW)
    (sentence,) = found(OVERRIDDEN)[lead.pk]
    assert sentence == (
        f"{lead.owner} closed it as “Moved to nurture”, where Rekindle had decided: write with a reason. They asked."
    )
    assert found(OVERRIDDEN, month=APRIL) == {}


def test_closing_as_was_decided_is_none() -> None:
    lead = make_lead(future_fit=True, quote_sent_on=None, last_touch_at=ago(60))
    assert swept(ago(1))[lead.external_id].decision.kind.value == "nurture"
    services.close_out(lead=lead, disposition="nurture", reason="", by=owner_of(lead), now=NOW)
    assert found(OVERRIDDEN) == {}


def test_a_message_put_away_a_pause_a_ruling_and_opening_again_are_overrides() -> None:
    away, paused, ruled, reopened = drafted(), drafted(), make_lead(), make_lead()
    draft = draft_of(away)
    outreach.suppress_draft(
        draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner_of(away), now=NOW, reason="Not now."
    )
    services.pause(lead=paused, until=None, reason="Holiday", by=owner_of(paused), now=NOW)
    Ruling.objects.create(lead=ruled, key="duplicate:L-9", note="Two people", ruled_at=NOW, ruled_by=owner_of(ruled))
    services.close_out(lead=reopened, disposition="documented", reason="x", by=owner_of(reopened), now=ago(60))
    services.reopen(lead=reopened, by=owner_of(reopened), now=NOW)
    sentences = found(OVERRIDDEN)
    assert set(sentences) == {away.pk, paused.pk, ruled.pk, reopened.pk}
    assert "did not let a message leave. Not now." in sentences[away.pk][0]
    assert sentences[paused.pk] == [f"{paused.owner} paused it. Holiday."]
    assert sentences[ruled.pk] == [f"{ruled.owner} settled “May be a duplicate” by hand. Two people."]
    assert sentences[reopened.pk] == [f"{reopened.owner} opened it again."]


def test_a_message_given_up_with_the_lead_is_told_once() -> None:
    lead = drafted()
    draft = draft_of(lead)
    outreach.close_out_draft(
        draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner_of(lead), now=NOW, reason="Met them."
    )
    services.close_out(lead=lead, disposition="documented", reason="Met them.", by=owner_of(lead), now=NOW)
    assert len(found(OVERRIDDEN)[lead.pk]) == 1


def test_an_edit_counts_where_it_took_the_reason_away() -> None:
    kept, changed = drafted(), drafted()
    edit(kept, f"Hello again.\n\n{draft_of(kept).body}")
    last = draft_of(changed).body.split("\n")[-1]
    edit(changed, f"Hello,\n\nour team moved to another building. Would you like to see it?\n\n{last}")
    for lead in (kept, changed):
        send(draft_of(lead), at=NOW)
    sentences = found(OVERRIDDEN)
    assert set(sentences) == {changed.pk}
    assert draft_of(changed).reason_text.rstrip(".") in sentences[changed.pk][0]


def test_what_stopped_says_why_and_regular_ends_are_none() -> None:
    stopped, regular, expired = drafted(), drafted(), make_lead(expires_on=ago(1).date())
    contacts.suppress(contact=stopped.contact, channel="all", reason="opted_out", at=ago(1))
    services.close_out(lead=regular, disposition="no_response", reason="", by=owner_of(regular), now=NOW)
    swept()
    sentences = found(STOPPED)
    assert set(sentences) == {stopped.pk, expired.pk}
    assert sentences[stopped.pk][0].startswith("It ended as “Stopped”. ")
    assert "“Opportunity expired”" in sentences[expired.pk][0]


def test_what_waits_longest_is_as_it_was_at_the_end_of_the_month(manager: User) -> None:
    with time_machine.travel(ago(1), tick=False):
        intake, review, paused = make_lead(owner=None), make_lead(), make_lead()
        swept(ago(1))
        services.pause(lead=paused, until=None, reason="", by=owner_of(paused), now=ago(1))
        swept(ago(1))
    Attempt.objects.filter(lead=review).update(created_at=ago(1))
    sentences = found(WAITS)
    assert sentences[intake.pk] == ["Waits in intake: No owner."]
    assert sentences[review.pk] == [f"A message waits for {review.owner} to review it."]
    assert sentences[paused.pk] == ["Waits: Paused by the owner."]
    assert found(WAITS, now=ago(-12)) == {}
    # What is settled in June had still waited at the end of May.
    send(draft_of(review), at=JUNE)
    services.pause(lead=review, until=None, reason="", by=manager, now=JUNE)
    assert review.pk in found(WAITS, now=JUNE + timedelta(days=9))


def test_what_was_settled_before_the_end_does_not_wait() -> None:
    lead = drafted()
    Attempt.objects.filter(lead=lead).update(created_at=ago(1))
    assert lead.pk in found(WAITS)
    send(draft_of(lead), at=NOW)
    assert found(WAITS) == {}


# --- working through it ---------------------------------------------------------------------------------------------


def three_closed() -> list[Lead]:
    leads = [make_lead() for _ in range(3)]
    for lead in leads:
        services.close_out(lead=lead, disposition="handed_over", reason="", by=owner_of(lead), now=NOW)
    return leads


def tick(leads: list[Lead], by: User, *, now: datetime = JUNE, **more: Any) -> int:
    given = {"month": MAY, "kind": OVERRIDDEN.value, "lead_ids": [lead.pk for lead in leads], **more}
    return services.see_exceptions(**given, by=by, now=now)


def test_signing_off_takes_having_looked_at_everything(manager: User) -> None:
    leads = three_closed()
    tick(leads[:2], manager, remark="Fine")
    with pytest.raises(services.Refused, match="1 under “Decided otherwise by a person”"):
        services.sign_off_exceptions(month=MAY, by=manager, now=JUNE)
    tick(leads[2:], manager)
    review = services.sign_off_exceptions(month=MAY, note="Quiet.", by=manager, now=JUNE)
    assert (review.signed_off_by, review.signed_off_at, review.note) == (manager, JUNE, "Quiet.")
    assert list(SeenException.objects.values_list("remark", flat=True)) == ["Fine", "Fine", ""]


def test_what_is_signed_off_changes_no_more(manager: User) -> None:
    services.sign_off_exceptions(month=APRIL, by=manager, now=NOW)
    with pytest.raises(services.Refused, match="Nothing changes any more"):
        services.sign_off_exceptions(month=APRIL, by=manager, now=NOW)
    lead = drafted()
    services.close_out(lead=lead, disposition="lost", reason="", by=owner_of(lead), now=APRIL.start)
    with pytest.raises(services.Refused, match="Nothing changes any more"):
        tick([lead], manager, month=APRIL)


def test_refusals_say_what_to_do(manager: User) -> None:
    leads = three_closed()
    other = make_lead()
    for refused, words in (
        (lambda: services.sign_off_exceptions(month=MAY, by=manager, now=NOW), "not over yet"),
        (lambda: services.sign_off_exceptions(month=MAY, by=owner_of(leads[0]), now=JUNE), "for managers"),
        (lambda: services.sign_off_exceptions(month=MAY, note="x" * 1001, by=manager, now=JUNE), "Shorten it to 1000"),
        (lambda: tick([], manager), "Nothing is ticked"),
        (lambda: tick([other], manager), "list has changed"),
        (lambda: tick(leads, manager, kind="else"), "Choose what"),
        (lambda: tick(leads, manager, remark="x" * 501), "Shorten it to 500"),
        (lambda: tick(leads, manager, month=Month.at(JUNE), now=NOW), "has not begun"),
    ):
        with pytest.raises(services.Refused, match=words):
            refused()
    assert not SeenException.objects.exists()


def test_twice_is_once_and_a_later_remark_counts(manager: User) -> None:
    leads = three_closed()
    tick(leads, manager)
    tick(leads[:1], manager, remark="Talk to them")
    assert SeenException.objects.count() == 3
    assert SeenException.objects.get(lead=leads[0]).remark == "Talk to them"


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def june() -> Any:
    with time_machine.travel(JUNE, tick=False):
        yield


def test_a_month_is_worked_through_on_its_page(client: Client, manager: User, june: None) -> None:
    leads = three_closed()
    client.force_login(manager)
    page = client.get("/insight/exceptions/2026-05/")
    assert [row.lead.pk for row in page.context["rows"]] == [lead.pk for lead in leads]
    refused = client.post("/insight/exceptions/2026-05/sign-off/", {"note": "Early"})
    assert refused.status_code == 422
    assert b"3 under" in refused.content
    given = {"kind": "overridden", "lead": [lead.pk for lead in leads[:2]], "remark": "Fine"}
    client.post("/insight/exceptions/2026-05/seen/", given)
    page = client.get("/insight/exceptions/2026-05/")
    assert [row.lead.pk for row in page.context["rows"]] == [leads[2].pk]
    assert len(client.get("/insight/exceptions/2026-05/?show=all").context["rows"]) == 3
    client.post("/insight/exceptions/2026-05/seen/", {**given, "lead": [leads[2].pk]})
    client.post("/insight/exceptions/2026-05/sign-off/", {"note": "Learned"})
    page = client.get("/insight/exceptions/2026-05/")
    assert page.context["signed"]
    assert len(page.context["rows"]) == 3
    assert b"Learned" in page.content
    assert b"<form" not in page.content.split(b"<main")[1].split(b"</main")[0]
    months = client.get("/insight/exceptions/").context["months"]
    assert [str(month) for month, _ in months] == ["2026-06", "2026-05"]
    assert months[1][1] == ExceptionsReview.objects.get()


def test_pages_follow_each_other_and_take_the_same_queries(
    client: Client, manager: User, june: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(manager)
    three_closed()
    client.get("/insight/exceptions/2026-05/")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as counted:
            client.get("/insight/exceptions/2026-05/?show=all")
        counts.append(len(counted))
        three_closed()
    assert counts[0] == counts[1]
    monkeypatch.setattr("followups.exception_views.PAGE", 4)
    seen, address = [], "/insight/exceptions/2026-05/?show=all"
    while address:
        context = client.get(address).context
        seen += [row.lead.pk for row in context["rows"]]
        address = context["next_url"]
    assert sorted(seen) == sorted(Lead.objects.values_list("pk", flat=True))
    assert len(seen) == 9


@pytest.mark.parametrize("month", ["2026-13", "1", "2026-5", "0001-01", "2026-07", "9999-12"])
def test_a_month_that_is_none_or_has_not_begun_has_no_page(
    client: Client, manager: User, june: None, month: str
) -> None:
    client.force_login(manager)
    assert client.get(f"/insight/exceptions/{month}/").status_code == 404
    assert client.post(f"/insight/exceptions/{month}/seen/").status_code == 404


@pytest.mark.parametrize("role", ["Account owner", "Concierge", "Retention manager"])
def test_only_managers_of_leads_see_it(client: Client, role: str) -> None:
    client.force_login(make_user(role))
    for path in ("", "2026-05/"):
        assert client.get(f"/insight/exceptions/{path}").status_code == 403
    for path in ("seen", "sign-off"):
        assert client.post(f"/insight/exceptions/2026-05/{path}/").status_code == 403
