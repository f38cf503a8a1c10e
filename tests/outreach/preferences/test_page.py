"""The page itself: looking changes nothing, a form saves, and nobody learns anything from a link that is none."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from contacts import services as contacts
from contacts.models import ConsentRecord, Suppression
from contacts.permission import permissions_of
from outreach.channels.addresses import inbound_address
from outreach.channels.message import as_email, compose
from outreach.models import Draft, Pause, TopicRefusal
from outreach.rules.replies import sort
from outreach.states import DraftStatus, ReplyLabel
from staff.models import AuditEntry
from tests.factories import make_user
from tests.outreach.world import NOW, make_approved, make_draft

pytestmark = pytest.mark.django_db

LOOKING = [
    {},
    {"Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"User-Agent": "GoogleImageProxy"},
]


class Form(HTMLParser):
    """The fields of the page's first form, as a browser without scripts sends them back."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._forms = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._forms += tag == "form"
        found = dict(attrs)
        if tag != "input" or self._forms != 1:
            return
        if found.get("type") in ("checkbox", "radio") and "checked" not in found:
            return
        self.fields.setdefault(str(found["name"]), []).append(found.get("value") or "")


@pytest.fixture
def client() -> Client:
    """A browser that never signed in, with the protection against forged forms switched on."""
    return Client(enforce_csrf_checks=True)


def page_of(draft: Draft) -> str:
    return f"/u/{draft.unsubscribe_token}/preferences"


def rows_of_choices() -> list[int]:
    return [model.objects.count() for model in (ConsentRecord, TopicRefusal, Pause, Suppression, AuditEntry)]


@pytest.mark.parametrize("page", ["/u/{}", "/u/{}/preferences"])
def test_looking_changes_nothing(client: Client, page: str) -> None:
    draft = make_approved(owner=make_user())
    before = rows_of_choices()
    for headers in LOOKING:
        for look in (client.get, client.head):
            answer = look(page.format(draft.unsubscribe_token), headers=headers)
            assert answer.status_code == 200
            assert not answer.cookies
    assert rows_of_choices() == before
    draft.refresh_from_db()
    assert draft.status == DraftStatus.APPROVED


def test_the_page_is_calm_closed_and_never_cached(client: Client) -> None:
    draft = make_approved(owner=make_user())
    answer = client.get(page_of(draft))
    page = answer.content.decode()
    for absent in ("<script", "style=", "csrfmiddlewaretoken", draft.address, draft.contact.name, "onclick"):
        assert absent not in page
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert f'action="/u/{draft.unsubscribe_token}"' in page
    assert f'href="/u/{draft.unsubscribe_token}/preferences"' in client.get(page_of(draft)[:-12]).content.decode()


def test_the_form_sent_back_as_it_is_changes_nothing(client: Client) -> None:
    draft = make_approved(owner=make_user())
    before = rows_of_choices()
    answer = client.post(page_of(draft), Form(client.get(page_of(draft)).content.decode()).fields)
    assert answer.status_code == 200
    assert "What is ticked below is what holds now." in answer.content.decode()
    assert rows_of_choices() == before
    assert not answer.cookies


def test_a_post_that_is_not_this_form_changes_nothing(client: Client) -> None:
    draft = make_approved(owner=make_user())
    before = rows_of_choices()
    for body in ({}, {"List-Unsubscribe": "One-Click"}, {"channel": "fax", "pause_day": ""}):
        assert client.post(page_of(draft), body).status_code == 200
    assert rows_of_choices() == before


def test_taking_ticks_away_holds_at_once_and_twice_is_fine(client: Client) -> None:
    draft = make_approved(owner=make_user())
    fields = Form(client.get(page_of(draft)).content.decode()).fields
    fields["channel"].remove("sms")
    fields["topic"].remove("offers")
    for _ in range(2):
        page = client.post(page_of(draft), fields).content.decode()
        assert Form(page).fields["channel"] == ["email"]
        assert "offers" not in Form(page).fields["topic"]
    assert permissions_of([draft.contact_id])[draft.contact_id]["sms"].consent == "no"
    assert TopicRefusal.objects.count() == 1


def test_a_day_without_its_mark_counts_as_meant(client: Client) -> None:
    draft = make_approved(owner=make_user())
    day = timezone.now().date() + timedelta(days=10)
    page = client.post(page_of(draft), {"pause": "", "pause_day": day.isoformat()}).content.decode()
    assert f"Nothing is sent to you until {day.day} {day:%B %Y}" in page
    assert Form(client.get(page_of(draft)).content.decode()).fields["pause"] == [""]
    client.post(page_of(draft), {"pause": "end"})
    assert "No, not now" in client.get(page_of(draft)).content.decode()


def test_a_day_that_cannot_be_keeps_nothing_and_forgets_nothing(client: Client) -> None:
    draft = make_approved(owner=make_user())
    fields = Form(client.get(page_of(draft)).content.decode()).fields
    before = rows_of_choices()
    for day in ("2020-01-01", "tomorrow", "2026-13-45", "9999-12-31", "\x00", ""):
        answer = client.post(page_of(draft), fields | {"channel": ["email"], "pause": ["day"], "pause_day": [day]})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "Nothing was saved yet" in page
        assert Form(page).fields["channel"] == ["email"]
        assert Form(page).fields["channel_on"] == ["email", "sms"]
        assert Form(page).fields["pause"] == ["day"]
    assert rows_of_choices() == before


def test_after_a_stop_there_is_nothing_to_choose_and_no_way_back_by_link(client: Client) -> None:
    draft = make_approved(owner=make_user())
    fields = Form(client.get(page_of(draft)).content.decode()).fields
    client.post(f"/u/{draft.unsubscribe_token}")
    for page in (client.get(page_of(draft)), client.post(page_of(draft), fields)):
        assert "You asked us to stop, and we keep to it" in page.content.decode()
        assert "<form" not in page.content.decode()
    assert "opted_out" in permissions_of([draft.contact_id])[draft.contact_id]["email"].suppressed_by


@pytest.mark.parametrize("reason", ["complaint", "legal"])
def test_the_page_does_not_say_why_we_stopped_by_ourselves(client: Client, reason: str) -> None:
    draft = make_approved(owner=make_user())
    contacts.suppress(contact=draft.contact, channel="all", reason=reason, at=NOW, note="Their lawyer wrote")
    page = client.get(page_of(draft)).content.decode()
    assert "Messages to you are stopped" in page
    assert "asked us" not in page
    assert "awyer" not in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_links_that_are_none_are_all_alike(client: Client, method: str) -> None:
    draft = make_draft()
    near = draft.unsubscribe_token[:-1] + ("A" if draft.unsubscribe_token[-1] != "A" else "B")
    wrong = ["1", str(draft.pk), near, near.swapcase(), "x" * 64, "x" * 65, "%00", "..", "' or 1=1"]
    answers = [getattr(client, method)(f"/u/{token}{end}") for token in wrong for end in ("", "/preferences")]
    assert {answer.status_code for answer in answers} == {404}
    # ".." is another address to Django itself.
    assert len({answer.content for answer in answers if b"Page not found" not in answer.content}) == 1
    assert not any(answer.cookies for answer in answers)


def test_nothing_but_looking_and_posting_is_allowed(client: Client) -> None:
    assert client.delete(page_of(make_draft())).status_code == 405


def test_the_answer_waits_for_a_message_that_is_not_wanted_any_more(client: Client, settings: Settings) -> None:
    settings.UNSUBSCRIBE_BARRIER_SECONDS = 0.2
    draft = make_approved(owner=make_user())
    Draft.objects.filter(pk=draft.pk).update(status=DraftStatus.SENDING, claimed_at=timezone.now())
    shown = {"channel_shown": ["email", "sms"], "channel_on": ["email", "sms"]}
    late, unconcerned = "One message was already being sent", "What is ticked below"
    only_sms = client.post(page_of(draft), {**shown, "channel": ["email"]}).content.decode()
    assert late not in only_sms
    assert unconcerned in only_sms
    assert late in client.post(page_of(draft), shown).content.decode()
    assert late in client.post(page_of(draft), {"pause": "1"}).content.decode()


def test_the_header_offers_a_mail_only_where_answers_are_read(settings: Settings) -> None:
    draft = make_approved(owner=make_user())
    link = f"<https://rekindle.example/u/{draft.unsubscribe_token}>"
    settings.INBOUND_ADDRESS = ""
    assert as_email(compose(draft)).extra_headers["List-Unsubscribe"] == link
    settings.INBOUND_ADDRESS = "answers@rekindle.example"
    headers = as_email(compose(draft)).extra_headers
    mail = f"<mailto:{inbound_address(draft)}?subject=unsubscribe>"
    assert headers["List-Unsubscribe"] == f"{link}, {mail}"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sort("", subject="unsubscribe").label == ReplyLabel.OPT_OUT
