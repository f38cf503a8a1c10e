"""The pages of the models: versions in words, drafts, what-ifs and backtests, publishing and retiring."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from retention import services
from retention.models import ScoreModel, ScoreVersion
from retention.services import trials
from staff.models import User
from tests.factories import make_user
from tests.retention.making import NOW, draft, in_force, refreshed
from tests.retention.pages import queries, quiet_for, ran

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """The pages look at the clock; it stands still at noon."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def manager(client: Client) -> User:
    """Somebody who manages retention, signed in."""
    user = make_user("Retention manager", name="Ada Ruiz")
    client.force_login(user)
    return user


def typed(client: Client, version: ScoreVersion, **changed: str) -> dict[str, str]:
    """What the form of a draft sends when only this was changed."""
    forms = client.get(f"/score/{version.pk}/edit/").context["forms"]
    sent = {}
    for form in forms.forms:
        for name in form.fields:
            value = form[name].field.prepare_value(form[name].value())
            sent[form.add_prefix(name)] = "" if value is None else str(value)
    return {**sent, **changed}


# --- models and versions ------------------------------------------------------------------------------------------


def test_the_list_names_every_version_with_who_when_and_why(client: Client, manager: User) -> None:
    made = services.draft_version(of=in_force(), by=manager, note="A week earlier")
    page = client.get("/score/").content.decode()
    assert page.index("Infrequent buyers") < page.index("At risk")
    for words in (
        "at-risk-v1",
        "infrequent-v1",
        "Comes with Rekindle",
        made.name,
        "A week earlier",
        "Begun by Ada Ruiz",
    ):
        assert words in page


def test_without_models_the_list_says_where_they_come_from(client: Client, manager: User) -> None:
    ScoreVersion.objects.all().delete()
    ScoreModel.objects.filter(name="infrequent").delete()
    assert "No version yet." in client.get("/score/").content.decode()
    ScoreModel.objects.all().delete()
    assert "There are no models" in client.get("/score/").content.decode()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "at-risk",
            [
                "More than 30 days: 30 points, “Quiet for long”",
                "At least 25% fewer: 10 points, “Visits down by a quarter”",
                "Up to 15 days old: 25 points, “A payment failed”",
                "6 or less: 5 points, “Would not recommend us”",
                "Severity high, urgent: 5 points",
                "Payment at 15 or more",
                "from 70 points",
                "after 12 hours",
                "A message at once, and a call for those of high value",
                "Everyone",
            ],
        ),
        ("infrequent", ["More than 2 times their rhythm: 5 points", "At most 1: 25 points", "Plan infrequent"]),
    ],
)
def test_a_version_is_said_in_words(client: Client, manager: User, name: str, words: list[str]) -> None:
    page = client.get(f"/score/{in_force(name).pk}/").content.decode()
    for one in words:
        assert one in page
    assert "Retire" in page
    assert "Edit" not in page, "a published version never changes"


def test_the_numbers_are_those_that_the_knobs_make(client: Client, manager: User) -> None:
    turned = draft(recency_sensitivity="1.5", payment_weight="0.5")
    page = client.get(f"/score/{turned.pk}/").content.decode()
    assert "More than 9.3 days: 15 points" in page
    assert "Up to 15 days old: 13 points" in page
    assert "as they are with the knobs of this version" in page


def test_a_row_spoiled_by_hand_is_named_and_does_not_break_the_page(client: Client, manager: User) -> None:
    version = in_force()
    version.signals.filter(type="gap").update(parameters={"tiers": "no"})
    assert "Each tier of a gap signal is a limit" in client.get(f"/score/{version.pk}/").content.decode()


def test_pages_take_the_same_number_of_queries_however_much_there_is(client: Client, manager: User) -> None:
    version = services.draft_version(of=in_force(), by=manager)
    addresses = ["/score/", f"/score/{version.pk}/"]
    client.get("/score/")  # the first request after signing in also settles the session
    few = [queries(client, address) for address in addresses]
    for _ in range(5):
        services.draft_version(of=version, by=manager)
        trial = trials.request_what_if(version=version, by=manager, now=NOW)
        trials.cancel_trial(trial=trial, by=manager, now=NOW)
    assert [queries(client, address) for address in addresses] == few


# --- drafts -------------------------------------------------------------------------------------------------------


def test_a_draft_is_made_changed_and_saved(client: Client, manager: User) -> None:
    answer = client.post(f"/score/{in_force().pk}/draft/")
    made = ScoreVersion.objects.get(status="draft")
    assert answer["Location"] == f"/score/{made.pk}/edit/"
    gap = made.signals.get(type="gap")
    sent = typed(
        client,
        made,
        recency_sensitivity="1.45",
        plans="Gold, Silver , Gold",
        **{
            f"signal-{gap.position}-tiers-0-limit": "10",
            f"signal-{gap.position}-tiers-0-points": "12",
            f"signal-{gap.position}-tiers-1-points": "28",
            "band-high-weekly_quota": "",
            "component-recency-max_points": "28",
            "component-support-max_points": "6",
        },
    )
    assert client.post(f"/score/{made.pk}/edit/", sent)["Location"] == f"/score/{made.pk}/"
    made.refresh_from_db()
    gap.refresh_from_db()
    assert (str(made.recency_sensitivity), made.plans) == ("1.45", ["Gold", "Silver"])
    assert gap.parameters["tiers"] == [[10, 12, "quiet_15d"], [30, 28, "quiet_30d"]]
    assert made.bands.get(band="high").weekly_quota is None
    assert made.components.get(component="support").max_points == 6


def test_saving_without_a_change_changes_nothing(client: Client, manager: User) -> None:
    for name in ("at-risk", "infrequent"):
        made = services.draft_version(of=in_force(name), by=manager)
        before = list(made.signals.values_list("position", "parameters"))
        assert client.post(f"/score/{made.pk}/edit/", typed(client, made)).status_code == 302
        assert list(made.signals.values_list("position", "parameters")) == before


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"recency_sensitivity": "2.05"}, "less than or equal to 2"),
        ({"recency_sensitivity": "much"}, "Enter a number."),
        ({"medium_from": "70"}, "High must begin above medium. Give more than 70, or let medium begin lower."),
        ({"fall_margin": "45"}, "must be smaller than where medium begins"),
        ({"signal-1-tiers-1-limit": "10"}, "Put limits in rising order."),
        ({"signal-1-tiers-1-points": "31"}, "Lower the points or raise the maximum."),
        ({"signal-1-kinds": "visits"}, "visits is not an event that counts."),
        ({"component-recency-max_points": "60"}, "Together they may have at most 100."),
        ({"band-high-next_action": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence_and_nothing_is_saved(
    client: Client, manager: User, changed: dict[str, str], sentence: str
) -> None:
    made = services.draft_version(of=in_force(), by=manager)
    answer = client.post(f"/score/{made.pk}/edit/", typed(client, made, note="New", **changed))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert sentence in page
    assert "Nothing was saved" in page
    assert 'value="New"' in page, "what was typed stays"
    made.refresh_from_db()
    assert made.note == ""


def test_a_published_version_is_not_edited(client: Client, manager: User) -> None:
    version = in_force()
    answer = client.post(f"/score/{version.pk}/edit/", {"note": "Mine"}, follow=True)
    assert answer.redirect_chain == [(f"/score/{version.pk}/", 302)]
    assert "Make a new draft of it." in answer.content.decode()


def test_a_draft_is_discarded(client: Client, manager: User) -> None:
    made = draft()
    assert client.post(f"/score/{made.pk}/retire/")["Location"] == "/score/"
    made.refresh_from_db()
    assert made.status == "retired"


# --- publishing and retiring --------------------------------------------------------------------------------------


def test_publishing_shows_what_it_changes_and_asks_for_a_reason(client: Client, manager: User) -> None:
    quiet_for(20)
    refreshed()
    version = draft(recency_sensitivity="2", medium_from=30)
    address = f"/score/{version.pk}/publish/"
    assert "Nobody has asked yet what it would change" in client.get(address).content.decode()
    ran(version, manager)
    page = re.sub(r"\s+", " ", client.get(address).content.decode())
    assert "1 of 1 customers would change band." in page
    assert "It takes the place of at-risk-v1" in page
    for given, sentence in (
        ({"reason": "Sooner"}, "Tick this after reading what publishing changes."),
        ({"sure": "on"}, "This field is required."),
    ):
        answer = client.post(address, given)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    done = client.post(address, {"reason": "People go quiet sooner.", "sure": "on"}, follow=True)
    assert f"{version.name} is published. 1 customer changes band." in done.content.decode()
    version.refresh_from_db()
    assert (version.status, version.published_by, version.publish_reason) == (
        "published",
        manager,
        "People go quiet sooner.",
    )


def test_a_version_for_some_only_is_not_published_while_it_leaves_others_out(client: Client, manager: User) -> None:
    version = draft(plans=["Gold"])
    answer = client.post(f"/score/{version.pk}/publish/", {"reason": "Try", "sure": "on"})
    assert answer.status_code == 422
    assert "nothing else would score the others" in answer.content.decode()


def test_retiring_needs_a_reason_and_another_model(client: Client, manager: User) -> None:
    rare = in_force("infrequent")
    answer = client.post(f"/score/{rare.pk}/retire/", {"reason": ""})
    assert answer.status_code == 422
    assert "This field is required." in answer.content.decode()
    last = client.post(f"/score/{in_force().pk}/retire/", {"reason": "Away with it"})
    assert last.status_code == 422
    assert "is the last model for everybody" in last.content.decode()
    client.post(f"/score/{rare.pk}/retire/", {"reason": "Nobody buys rarely any more."})
    rare.refresh_from_db()
    assert rare.status == "retired"


# --- who may ------------------------------------------------------------------------------------------------------


def test_who_may_only_look_finds_no_buttons_and_is_refused(client: Client) -> None:
    client.force_login(make_user("SDR manager"))
    version = draft()
    page = client.get(f"/score/{version.pk}/").content.decode()
    for word in ("Publish</a>", "What would it change?", "New draft of this", "Discard"):
        assert word not in page
    for action in ("draft", "retire", "what-if", "backtest", "edit", "publish"):
        answer = client.post(f"/score/{version.pk}/{action}/", {"reason": "Because", "sure": "on"})
        assert answer.status_code == 403 or (action == "retire" and answer.status_code == 422), action
    version.refresh_from_db()
    assert version.status == "draft"


def test_who_has_no_business_with_models_does_not_see_them(client: Client) -> None:
    version = in_force()
    trial = trials.request_what_if(version=draft(), by=make_user("Retention manager"), now=NOW)
    client.force_login(make_user("Account owner"))
    for address in ("/score/", f"/score/{version.pk}/", f"/score/trials/{trial.pk}/"):
        assert client.get(address).status_code == 403


def test_what_is_posted_is_not_asked_for(client: Client, manager: User) -> None:
    version = draft()
    for action in ("draft", "retire", "what-if", "backtest"):
        assert client.get(f"/score/{version.pk}/{action}/").status_code == 405
    assert client.get("/score/999999/").status_code == 404
    assert client.get("/score/trials/999999/").status_code == 404
