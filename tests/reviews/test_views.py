"""The screens of the workbench: as whole pages, as htmx parts, and for those who may not."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outreach.models import Draft
from outreach.services import edit as edit_draft
from outreach.states import DraftStatus
from reviews.models import ReviewDecision
from reviews.urls import urlpatterns
from tests.factories import make_team, make_user
from tests.outreach.world import make_draft
from tests.reviews.pages import form_of, queries, shown, signed_in, status_of, text_of, url
from tests.reviews.world import NOW, make_item, make_manager, make_owner, make_undelivered, make_unsettled

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
DECISIONS = ["approve", "edit", "suppress", "close_out", "settle", "review_again", "ask_for_texts", "use_text"]
DECISIONS += [
    "set_aside",
    "snooze",
    "wake",
    "reassign",
    "undo",
    "keep_edit",
    "drop_edit",
    "use_mine",
    "add_note",
    "seen",
    "claim_message",
]


# --- who sees what ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_message_of_another_team_does_not_exist(headers: dict[str, str]) -> None:
    draft = make_item(make_owner(make_team()))
    client = signed_in(make_owner(make_team()))
    assert client.get(url("item", draft), headers=headers).status_code == 404
    for name in DECISIONS:
        assert client.post(url(name, draft), form_of(draft), headers=headers).status_code == 404, name
    assert status_of(draft) == DraftStatus.AWAITING_REVIEW


def test_every_address_with_a_message_in_it_is_tested_above() -> None:
    with_draft = {str(pattern.name) for pattern in urlpatterns if "draft_id" in str(pattern.pattern)}
    assert with_draft == {"item", *DECISIONS}


@pytest.mark.parametrize("role", ["Concierge", "Retention manager"])
def test_reviewing_needs_the_permission(role: str) -> None:
    draft = make_item(None)
    client = signed_in(make_user(role))
    assert client.get(reverse("reviews:queue")).status_code == 403
    assert client.get(url("item", draft)).status_code == 403
    for name in DECISIONS:
        assert client.post(url(name, draft), form_of(draft)).status_code == 403
    assert status_of(draft) == DraftStatus.AWAITING_REVIEW


def test_somebody_who_is_not_signed_in_is_sent_to_sign_in() -> None:
    draft = make_item(make_owner())
    for address in (reverse("reviews:home"), reverse("reviews:queue"), url("item", draft), url("approve", draft)):
        assert Client().get(address)["Location"].startswith("/account/login/")


def test_a_colleague_sees_the_message_and_the_sentence_instead_of_buttons() -> None:
    team = make_team()
    draft = make_item(make_owner(team))
    client = signed_in(make_owner(team))
    page = client.get(url("item", draft))
    assert "Its owner or their manager decides." in text_of(page)
    assert b"/approve/" not in page.content
    assert b"/suppress/" not in page.content
    for name in ("approve", "edit", "suppress", "close_out", "set_aside"):
        refused = client.post(url(name, draft), form_of(draft))
        assert refused.status_code == 403, name
        assert "Its owner or their manager decides." in text_of(refused)
    # A browser would write a 403 to its console, so htmx gets the same words with 200.
    assert client.post(url("approve", draft), form_of(draft), headers=HTMX).status_code == 200
    assert status_of(draft) == DraftStatus.AWAITING_REVIEW
    assert not ReviewDecision.objects.exists()


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_decision_without_its_csrf_token_is_refused(headers: dict[str, str]) -> None:
    owner = make_owner()
    draft = make_item(owner)
    client = signed_in(owner, enforce_csrf_checks=True)
    for name in DECISIONS:
        assert client.post(url(name, draft), form_of(draft), headers=headers).status_code == 403
    assert status_of(draft) == DraftStatus.AWAITING_REVIEW


@pytest.mark.parametrize("name", DECISIONS)
def test_only_a_post_decides(name: str) -> None:
    owner = make_owner()
    draft = make_item(owner)
    assert signed_in(owner).get(url(name, draft)).status_code == 405
    assert status_of(draft) == DraftStatus.AWAITING_REVIEW


# --- one item ---------------------------------------------------------------------------------------------------------


def test_the_item_says_why_this_person_why_now_and_where_it_goes() -> None:
    owner = make_owner()
    draft = make_item(owner)
    page = text_of(signed_in(owner).get(url("item", draft)))
    for words in (
        "Marta Lindqvist", draft.account_name, "5,000 EUR", draft.why_now, draft.reason_text, draft.subject,
        draft.address, "their personal unsubscribe link", "We sent a quote", "first message", "All 17 checks passed",
    ):  # fmt: skip
        assert words in page, words
    assert "[[unsubscribe]]" in signed_in(owner).get(url("item", draft)).content.decode(), (
        "the edit form keeps the mark"
    )


def test_htmx_gets_the_item_without_the_page_around_it() -> None:
    owner = make_owner()
    draft = make_item(owner)
    part = signed_in(owner).get(url("item", draft), headers=HTMX).content.decode()
    assert 'id="item"' in part
    assert "<html" not in part
    assert f"<title>{draft.contact.name}" in part


def test_the_words_a_check_stops_are_marked() -> None:
    owner = make_owner()
    draft = make_item(owner)
    body = draft.body.replace("Hello Marta,", "Hello Marta, just checking in.")
    client = signed_in(owner)
    page = client.post(url("edit", draft), form_of(draft, body=body, approve="1"))
    assert page.status_code == 422
    assert re.search(rb'<mark class="mark-block">[^<]*checking in', page.content)
    assert "A check stops this text" in text_of(page)
    assert b"/approve/" not in page.content
    draft.refresh_from_db()
    assert (draft.status, draft.body) == (DraftStatus.AWAITING_REVIEW, body)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (DraftStatus.APPROVED, "Approved"),
        (DraftStatus.SENT, "Sent"),
        (DraftStatus.SUPPRESSED, "Suppressed"),
        (DraftStatus.WITHDRAWN, "Withdrawn"),
        (DraftStatus.CLOSED_OUT, "Closed out"),
        (DraftStatus.SENDING, "Being sent"),
    ],
)
def test_a_decided_message_shows_its_state_and_a_way_on(status: DraftStatus, words: str) -> None:
    owner = make_owner()
    draft = make_item(owner)
    Draft.objects.filter(pk=draft.pk).update(
        status=status,
        approved_fingerprint=draft.fingerprint,
        decided_at=NOW,
        decided_by=owner,
        claimed_at=NOW,
        sent_at=NOW if status == DraftStatus.SENT else None,
    )
    page = signed_in(owner).get(url("item", draft))
    assert words in text_of(page)
    assert "Back to the queue" in text_of(page)
    assert b"/approve/" not in page.content


def test_the_history_shows_what_an_edit_changed() -> None:
    owner = make_owner()
    draft = make_item(owner)
    client = signed_in(owner)
    client.post(url("edit", draft), form_of(draft, body=draft.body.replace("Hello", "Good morning")))
    page = client.get(url("item", draft)).content.decode()
    assert "<del>Hello </del><ins>Good morning </ins>" in page
    assert f"Edited by {owner.name}" in page


def test_the_item_costs_the_same_with_much_history() -> None:
    owner = make_owner()
    plain, rich = make_item(owner), make_item(owner)
    client = signed_in(owner)
    for number in range(5):
        fresh = Draft.objects.get(pk=rich.pk)
        client.post(url("edit", rich), form_of(fresh, body=f"{fresh.body}\nWe open at {number}."))
    assert ReviewDecision.objects.filter(draft=rich).count() == 5
    assert queries(client, url("item", rich)) == queries(client, url("item", plain))


# --- deciding, without JavaScript and with it -------------------------------------------------------------------------


EXPECTED = [
    ("approve", {}, DraftStatus.APPROVED),
    ("edit", {"approve": "1", "body": "Good morning"}, DraftStatus.APPROVED),
    ("suppress", {}, DraftStatus.SUPPRESSED),
    ("close_out", {}, DraftStatus.CLOSED_OUT),
    ("set_aside", {}, DraftStatus.WITHDRAWN),
]


def filled(draft: Draft, fields: dict[str, str]) -> dict[str, str]:
    if "body" in fields:
        fields = fields | {"body": draft.body.replace("Hello", fields["body"]).replace("\n", "\r\n")}
    return form_of(draft, **fields)


@pytest.mark.parametrize(("name", "fields", "status"), EXPECTED)
def test_without_javascript_a_decision_leads_to_the_next_item(name: str, fields: dict[str, str], status: str) -> None:
    owner = make_owner()
    first, second = make_item(owner), make_item(owner)
    client = signed_in(owner)
    moved = client.post(url(name, first, "?whose=mine&channel=email"), filled(first, fields))
    assert (moved.status_code, moved["Location"]) == (302, url("item", second, "?whose=mine&channel=email"))
    assert status_of(first) == status
    done = client.post(url(name, second, "?whose=mine"), filled(second, fields), follow=True)
    assert done.redirect_chain[-1][0] == reverse("reviews:queue") + "?whose=mine"
    assert "Nothing waits for you" in text_of(done)


@pytest.mark.parametrize(("name", "fields", "status"), EXPECTED)
def test_with_htmx_the_next_item_takes_its_place(name: str, fields: dict[str, str], status: str) -> None:
    owner = make_owner()
    first, second = make_item(owner), make_item(owner, name="Otto Berg")
    client = signed_in(owner)
    moved = client.post(url(name, first, "?whose=mine"), filled(first, fields), headers=HTMX)
    assert moved.status_code == 200
    assert moved.headers["HX-Push-Url"] == url("item", second, "?whose=mine")
    assert "Otto Berg" in text_of(moved)
    assert b"<html" not in moved.content
    assert b'hx-swap-oob="true"' in moved.content
    assert status_of(first) == status
    last = client.post(url(name, second, "?whose=mine"), filled(second, fields), headers=HTMX)
    assert last.headers["HX-Redirect"] == reverse("reviews:queue") + "?whose=mine"


def test_the_next_item_comes_from_the_same_view_of_the_queue() -> None:
    owner = make_owner()
    drafts = [
        make_draft(owner=owner, priority=9 - number, channel="sms" if number % 2 else "email") for number in range(4)
    ]
    moved = signed_in(owner).post(url("suppress", drafts[0], "?channel=email"), form_of(drafts[0]))
    assert moved["Location"] == url("item", drafts[2], "?channel=email")


def test_saving_a_text_stays_with_it() -> None:
    owner = make_owner()
    draft, _ = make_item(owner), make_item(owner)
    client = signed_in(owner)
    kept = client.post(url("edit", draft), filled(draft, {"body": "Good morning"}), follow=True)
    assert kept.redirect_chain == [(url("item", draft), 302)]
    assert "Your text is kept" in text_of(kept)
    draft.refresh_from_db()
    assert draft.body.startswith("Good morning Marta,\n\n")
    again = client.post(url("edit", draft), filled(draft, {"body": "Hi"}), headers=HTMX)
    assert "Your text is kept" in text_of(again)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("sent", DraftStatus.SENT), ("given_up", DraftStatus.WITHDRAWN), ("send_again", DraftStatus.APPROVED)],
)
def test_a_message_that_may_have_left_is_settled(outcome: str, status: str) -> None:
    owner = make_owner()
    draft = make_unsettled(owner)
    client = signed_in(owner)
    assert "Maybe sent" in text_of(client.get(url("item", draft)))
    assert [draft.pk] == shown(client.get(reverse("reviews:queue") + "?status=unknown"))
    nothing = client.post(url("settle", draft), {"reason": "I asked them"})
    assert nothing.status_code == 422
    assert "Choose what you found." in text_of(nothing)
    assert b"I asked them" in nothing.content
    assert client.post(url("settle", draft), form_of(draft, outcome=outcome)).status_code == 302
    assert status_of(draft) == status


def test_what_could_not_be_delivered_is_taken_up_again() -> None:
    owner = make_owner()
    draft = make_undelivered(owner)
    client = signed_in(owner)
    assert "Mailbox full." in text_of(client.get(url("item", draft)))
    back = client.post(url("review_again", draft), follow=True)
    assert back.redirect_chain == [(url("item", draft), 302)]
    assert "Taken up again" in text_of(back)
    assert status_of(draft) == DraftStatus.AWAITING_REVIEW


@pytest.mark.parametrize(
    ("name", "fields", "kept"),
    [
        ("suppress", {"reason": "", "scope": "account", "why": "legal"}, rb'value="account"[^>]*checked'),
        ("close_out", {"outcome": "documented", "reason": ""}, rb'value="documented"[^>]*checked'),
        ("close_out", {"outcome": "no-budget", "reason": ""}, rb'value="no-budget"[^>]*checked'),
        ("set_aside", {"how": "remind", "day": ""}, rb'value="remind"[^>]*checked'),
        ("edit", {"body": " ", "subject": "A better subject"}, rb'value="A better subject"'),
        ("edit", {"subject": "x" * 301}, rb"x{301}"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_form_with_something_missing_keeps_what_was_typed(
    name: str, fields: dict[str, str], kept: bytes, headers: dict[str, str]
) -> None:
    owner = make_owner()
    draft = make_item(owner)
    page = signed_in(owner).post(url(name, draft), form_of(draft, **fields), headers=headers)
    assert page.status_code == (200 if headers else 422)
    assert re.search(kept, page.content)
    assert re.search(rb'<details[^>]*\bname="action"[^>]*\bopen\b', page.content)
    assert status_of(draft) == DraftStatus.AWAITING_REVIEW


# --- stale ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("headers", "status"), [({}, 409), (HTMX, 200)], ids=["page", "htmx"])
@pytest.mark.parametrize("name", ["approve", "edit", "suppress", "close_out", "set_aside"])
def test_a_stale_decision_shows_the_fresh_text(name: str, headers: dict[str, str], status: int) -> None:
    owner = make_owner()
    draft = make_item(owner)
    edit_draft(
        draft_id=draft.pk, fingerprint=draft.fingerprint, subject="The new subject", body=draft.body, by=owner, now=NOW
    )
    typed = form_of(draft, reason="My own words", scope="sequence")
    page = signed_in(owner).post(url(name, draft), typed, headers=headers)
    assert page.status_code == status
    assert "This changed before you decided" in text_of(page)
    assert "The new subject" in text_of(page)
    assert status_of(draft) == DraftStatus.AWAITING_REVIEW
    if name in {"suppress", "close_out", "set_aside"}:
        assert b"My own words" in page.content


def test_a_stale_edit_keeps_what_was_typed_for_the_fresh_text() -> None:
    owner = make_owner()
    draft = make_item(owner)
    fresh = edit_draft(
        draft_id=draft.pk, fingerprint=draft.fingerprint, subject="Theirs", body=draft.body, by=owner, now=NOW
    )
    client = signed_in(owner)
    page = client.post(url("edit", draft), form_of(draft, subject="My subject"))
    assert b'value="My subject"' in page.content
    assert draft.fingerprint.encode() not in page.content
    assert client.post(url("edit", draft), form_of(fresh, subject="My subject", approve="1")).status_code == 302
    assert Draft.objects.get(pk=draft.pk).subject == "My subject"


def test_an_edit_of_what_somebody_else_approved_can_still_be_copied() -> None:
    owner, manager = make_owner(), make_manager()
    draft = make_item(owner)
    signed_in(manager).post(url("approve", draft), form_of(draft))
    page = signed_in(owner).post(url("edit", draft), form_of(draft, body="All I had typed"))
    assert page.status_code == 409
    assert f"{manager.name} approved it" in text_of(page)
    assert "All I had typed" in text_of(page)


# --- the broker -------------------------------------------------------------------------------------------------------


def test_r4_an_approval_does_not_wait_for_a_broker_that_is_down(caplog: pytest.LogCaptureFixture) -> None:
    owner = make_owner()
    draft = make_item(owner)
    client = signed_in(owner)
    client.get(url("item", draft))
    began = time.monotonic()
    assert client.post(url("approve", draft), form_of(draft)).status_code == 302
    assert time.monotonic() - began < 1
    assert status_of(draft) == DraftStatus.APPROVED
    assert f"{draft.pk} waits: the broker does not answer" in caplog.text


def test_what_is_not_due_yet_says_when_it_leaves() -> None:
    owner = make_owner()
    due = timezone.now() + timedelta(days=3)
    draft = make_draft(owner=owner, due_at=due)
    client = signed_in(owner)
    assert f"not before {due.day} {due:%b %Y}" in text_of(client.get(url("item", draft)))
    done = client.post(url("approve", draft), form_of(draft), follow=True)
    assert f"Approved. It leaves on {due.day} {due:%b %Y}" in text_of(done)
