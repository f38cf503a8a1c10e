"""The list of leads and the page of one: what is shown, to whom, in how many queries, and what can be done there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import ActiveSuppression
from followups import services
from staff.models import User
from tests.factories import make_team, make_user
from tests.followups.making import day, drafts_of, make_account, make_contact, make_lead, make_touch

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def owner() -> User:
    return make_user("Account owner", name="Ida Berg", team=make_team("North"))


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as counted:
        assert client.get(address).status_code == 200
    return len(counted)


# --- the list -----------------------------------------------------------------------------------------------------


def test_the_list_shows_person_decision_and_reason(client: Client, owner: User) -> None:
    lead = make_lead(owner=owner, contact=make_contact(name="Marta Lind"), value=1200, currency="EUR")
    list(services.sweep(now=timezone.now()))
    page = signed_in(client, owner).get("/leads/").content.decode()
    assert "Marta Lind" in page
    assert "1,200 EUR" in page
    assert lead.decisions.get().get_decision_display() in page


def test_markup_in_a_name_is_shown_as_text(client: Client, owner: User) -> None:
    make_lead(owner=owner, contact=make_contact(name="<script>alert(1)</script>"))
    page = signed_in(client, owner).get("/leads/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("tab", "names"),
    [
        ("mine", {"Mine"}),
        ("team", {"Mine", "Colleague"}),
        ("unassigned", {"Nobody's"}),
        ("all", {"Mine", "Colleague", "Nobody's"}),
    ],
)
def test_each_tab_shows_its_leads_and_never_another_teams(
    client: Client, owner: User, tab: str, names: set[str]
) -> None:
    colleague, stranger = make_user("Account owner", team=owner.team), make_user("Account owner", team=make_team())
    for name, of in (("Mine", owner), ("Colleague", colleague), ("Stranger", stranger), ("Nobody's", None)):
        make_lead(owner=of, contact=make_contact(name=name))
    rows = signed_in(client, owner).get("/leads/", {"whose": tab}).context["rows"]
    assert {row.lead.contact.name for row in rows} == names


def test_a_manager_sees_every_team(client: Client, owner: User) -> None:
    make_lead(owner=owner, contact=make_contact(name="Somebody"))
    rows = signed_in(client, make_user("SDR manager")).get("/leads/").context["rows"]
    assert [row.lead.contact.name for row in rows] == ["Somebody"]


def test_filters_narrow_by_the_latest_decision(client: Client, owner: User) -> None:
    quiet, open_one = (
        make_lead(owner=owner, quote_sent_on=day(5)),
        make_lead(owner=owner, stage="new", quote_sent_on=None),
    )
    now = timezone.now()
    list(services.sweep(now=now.replace(year=now.year - 20)))
    list(services.sweep(now=now))
    latest = quiet.decisions.order_by("-id")[0]
    signed_in(client, owner)

    def shown(**chosen: str) -> set[int]:
        return {row.lead.pk for row in client.get("/leads/", chosen).context["rows"]}

    assert shown(decision=latest.decision, stage="proposal") == {quiet.pk}
    assert shown(decision="recycle") == set()
    assert shown(reason=latest.reasons[0], q=quiet.external_id) == {quiet.pk}
    assert shown(stage="new") == {open_one.pk}
    assert shown(q=open_one.contact.name) == {quiet.pk, open_one.pk}
    assert shown(stage="no such stage") == set()


def test_filters_that_are_seldom_used_are_folded_unless_one_is_set(client: Client, owner: User) -> None:
    folded = '<details class="prior">'
    assert folded in signed_in(client, owner).get("/leads/").content.decode()
    assert folded in client.get("/leads/?stage=new").content.decode()
    assert folded not in client.get("/leads/?trigger=no_reply").content.decode()


def test_pages_follow_each_other_without_gaps(client: Client, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (None, 300, 300, 100, None, 500):
        make_lead(owner=owner, value=value)
    monkeypatch.setattr("followups.listing.page.__defaults__", (2,))
    signed_in(client, owner)
    address, seen = "/leads/", []
    while address:
        answer = client.get(address)
        seen += [row.lead for row in answer.context["rows"]]
        address = answer.context["next_url"] and "/leads/" + answer.context["next_url"]
    assert [lead.value for lead in seen] == [500, 300, 300, 100, None, None]
    assert len({lead.pk for lead in seen}) == 6


def test_a_place_that_makes_no_sense_is_the_start(client: Client, owner: User) -> None:
    make_lead(owner=owner)
    for place in ("x", "1_", "NaN_1", "1_99999999999999999999", "1e99_1"):
        assert len(signed_in(client, owner).get("/leads/", {"after": place}).context["rows"]) == 1


def test_the_list_takes_as_many_queries_for_many_as_for_few(client: Client, owner: User) -> None:
    signed_in(client, owner)
    for _ in range(2):
        make_lead(owner=owner, account=make_account())
    list(services.sweep(now=timezone.now()))
    client.get("/leads/")  # the first request after signing in also settles the session
    few = queries(client, "/leads/")
    for _ in range(20):
        make_lead(owner=owner, account=make_account())
    list(services.sweep(now=timezone.now()))
    assert queries(client, "/leads/") == few


def test_htmx_gets_the_list_alone(client: Client, owner: User) -> None:
    make_lead(owner=owner)
    part = signed_in(client, owner).get("/leads/", headers=HTMX).content.decode()
    assert part.strip().startswith('<div class="stack" id="lead-list">')
    assert "<html" not in part


def test_an_empty_list_says_what_to_do(client: Client, owner: User) -> None:
    assert "Ask your manager to import" in signed_in(client, owner).get("/leads/").content.decode()
    assert "Import your leads, then" in signed_in(client, make_user("SDR manager")).get("/leads/").content.decode()
    make_lead(owner=owner)
    client.force_login(owner)
    assert "Nothing fits these filters" in client.get("/leads/", {"stage": "lost"}).content.decode()


def test_who_has_no_role_sees_no_leads(client: Client) -> None:
    assert signed_in(client, make_user()).get("/leads/").status_code == 403
    assert Client().get("/leads/").status_code == 302


# --- one lead -----------------------------------------------------------------------------------------------------


def test_the_page_says_what_happens_and_why(client: Client, owner: User) -> None:
    lead = make_lead(owner=owner)
    make_touch(lead, at=timezone.now(), direction="in", kind="question", summary="Do you ship to Norway?")
    page = signed_in(client, owner).get(f"/leads/{lead.pk}/").content.decode()
    assert "They wrote last. Normal follow-up is on." in page
    assert "Do you ship to Norway?" in page
    assert "We sent a quote" in page


def test_the_message_that_waits_is_one_step_away(client: Client, owner: User) -> None:
    lead = make_lead(owner=owner)
    address = f"/leads/{lead.pk}/"
    assert "Read the waiting message" not in signed_in(client, owner).get(address).content.decode()
    list(services.sweep(now=timezone.now()))
    draft = lead.attempts.get().draft
    assert f'href="/reviews/{draft.pk}/">Read the waiting message</a>' in client.get(address).content.decode()
    client.post(f"{address}close/", {"outcome": "no-response"})
    page = client.get(address).content.decode()
    assert "Read the waiting message" not in page
    assert "If it were open again" in page


def test_a_closed_lead_can_be_looked_at_too(client: Client, owner: User) -> None:
    lead = make_lead(owner=owner, stage="won")
    assert "The deal is won." in signed_in(client, owner).get(f"/leads/{lead.pk}/").content.decode()


def test_another_teams_lead_does_not_exist(client: Client, owner: User) -> None:
    lead = make_lead(owner=make_user("Account owner", team=make_team()))
    signed_in(client, owner)
    assert client.get(f"/leads/{lead.pk}/").status_code == 404
    assert client.post(f"/leads/{lead.pk}/note/", {"text": "Mine now"}).status_code == 404
    assert lead.notes.count() == 0


def test_a_colleague_may_look_and_not_act(client: Client, owner: User) -> None:
    lead = make_lead(owner=make_user("Account owner", name="Ole Dahl", team=owner.team))
    page = signed_in(client, owner).get(f"/leads/{lead.pk}/").content.decode()
    assert "This belongs to Ole Dahl." in page
    assert "Add a note" not in page
    assert client.post(f"/leads/{lead.pk}/note/", {"text": "Mine now"}).status_code == 403
    assert lead.notes.count() == 0


def test_the_page_takes_as_many_queries_for_much_as_for_little(client: Client, owner: User) -> None:
    lead = make_lead(owner=owner)
    list(services.sweep(now=timezone.now()))
    signed_in(client, owner)
    client.get(f"/leads/{lead.pk}/")  # the first request after signing in also settles the session
    little = queries(client, f"/leads/{lead.pk}/")
    for number in range(12):
        make_touch(lead, at=timezone.now(), summary=f"Touch {number}")
        list(services.sweep(now=timezone.now(), lead_ids=[lead.pk]))
    # What is known decides whether a text is written for the page, which takes its own fixed number of queries.
    assert queries(client, f"/leads/{lead.pk}/") <= little


def test_looking_writes_nothing(client: Client, owner: User) -> None:
    lead = make_lead(owner=owner)
    signed_in(client, owner).get(f"/leads/{lead.pk}/")
    assert lead.decisions.count() == 0
    assert drafts_of(lead) == []


def test_a_note_gives_a_reason_and_the_draft_is_there_at_once(client: Client, owner: User) -> None:
    week_ago = timezone.now() - timedelta(days=8)
    lead = make_lead(owner=owner, quote_sent_on=None, last_touch_at=week_ago)
    answer = signed_in(client, owner).post(f"/leads/{lead.pk}/note/", {"text": "They open in June."}, follow=True)
    assert answer.redirect_chain == [(f"/leads/{lead.pk}/", 302)]
    assert "Noted." in answer.content.decode()
    assert drafts_of(lead) == ["awaiting_review"]


def test_pause_and_resume(client: Client, owner: User) -> None:
    lead = make_lead(owner=owner)
    signed_in(client, owner)
    part = client.post(f"/leads/{lead.pk}/pause/", {"until": "", "reason": "Holiday"}, headers=HTMX).content.decode()
    assert part.strip().startswith('<div class="stack-l" id="lead">')
    assert "Paused." in part
    lead.refresh_from_db()
    assert (lead.paused_by, lead.paused_reason) == (owner, "Holiday")
    client.post(f"/leads/{lead.pk}/resume/")
    lead.refresh_from_db()
    assert lead.paused_at is None


def test_a_day_that_passed_is_refused_in_words_and_what_was_typed_stays(client: Client, owner: User) -> None:
    lead = make_lead(owner=owner)
    answer = signed_in(client, owner).post(f"/leads/{lead.pk}/pause/", {"until": "2001-01-01", "reason": "Holiday"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This day has passed." in page
    assert 'value="Holiday"' in page
    lead.refresh_from_db()
    assert lead.paused_at is None


def test_close_out_and_open_again(client: Client, owner: User) -> None:
    lead = make_lead(owner=owner)
    signed_in(client, owner)
    client.post(f"/leads/{lead.pk}/close/", {"outcome": "taken-over", "reason": "I talk to them weekly."})
    lead.refresh_from_db()
    assert (lead.disposition, lead.disposition_by) == ("handed_over", owner)
    assert "I talk to them weekly." in client.get(f"/leads/{lead.pk}/").content.decode()
    client.post(f"/leads/{lead.pk}/reopen/")
    lead.refresh_from_db()
    assert lead.disposition_by is None


def test_an_outcome_that_needs_a_reason_asks_for_it(client: Client, owner: User) -> None:
    lead = make_lead(owner=owner)
    answer = signed_in(client, owner).post(f"/leads/{lead.pk}/close/", {"outcome": "documented", "reason": " "})
    assert answer.status_code == 422
    assert "Write down the reason" in answer.content.decode()


@pytest.mark.parametrize(("scope", "stopped"), [("contact", 1), ("account", 2)])
def test_suppress_stops_as_far_as_chosen(client: Client, owner: User, scope: str, stopped: int) -> None:
    account = make_account()
    contact = make_contact(account=account)
    make_contact(account=account)
    lead = make_lead(owner=owner, contact=contact)
    signed_in(client, owner).post(
        f"/leads/{lead.pk}/stop/", {"scope": scope, "why": "explicit_no", "reason": "Said so on the phone."}
    )
    assert ActiveSuppression.objects.filter(reason="explicit_no").count() == stopped
    lead.refresh_from_db()
    assert lead.disposition == "stopped"


def test_a_change_by_get_is_refused(client: Client, owner: User) -> None:
    lead = make_lead(owner=owner)
    signed_in(client, owner)
    for action in ("pause", "resume", "note", "close", "reopen", "stop", "put-off", "take-over", "remind", "tags"):
        assert client.get(f"/leads/{lead.pk}/{action}/").status_code == 405


def test_a_form_that_is_not_filled_in_says_so(client: Client, owner: User) -> None:
    lead = make_lead(owner=owner)
    signed_in(client, owner)
    for action in ("note", "close", "stop", "put-off", "take-over", "remind"):
        answer = client.post(f"/leads/{lead.pk}/{action}/", {})
        assert answer.status_code == 422
        assert "This field is required." in answer.content.decode()
