"""Pages of what-ifs and backtests: asking, watching, reading, and what cannot be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client

from retention.models import ScoreTrial
from retention.services import trials
from staff.models import User
from tests.factories import make_team, make_user
from tests.retention.making import NOW, ago, did, draft, in_force, make_customer, refreshed
from tests.retention.pages import HTMX, quiet_for, ran

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


# --- what-ifs -----------------------------------------------------------------------------------------------------


def test_a_what_if_is_asked_for_watched_and_read(client: Client, manager: User) -> None:
    customer = quiet_for(20)
    refreshed()
    version = draft(recency_sensitivity="2", medium_from=30)
    answer = client.post(f"/score/{version.pk}/what-if/")
    trial = ScoreTrial.objects.get()
    address = f"/score/trials/{trial.pk}/"
    assert answer["Location"] == address
    page = client.get(address).content.decode()
    assert 'hx-trigger="load delay:2s"' in page
    assert f'<a class="button" href="{address}">Refresh</a>' in page
    trials.run_trial(trial.pk, clock=lambda: NOW)
    part = client.get(address, headers=HTMX).content.decode()
    assert part.strip().startswith('<div class="stack-l"')
    assert "<html" not in part
    assert "hx-trigger" not in part, "what is done is not asked for again"
    words = re.sub(r"\s+", " ", part)
    assert "1 of 1 customers would change band." in words
    assert customer.contact.name in part
    assert "Assumed: 2 minutes for a review" in part
    assert "Hours of calls" in part


def test_names_of_other_teams_customers_stay_hidden(client: Client) -> None:
    team = make_team()
    theirs = quiet_for(20, owner=make_user("Account owner", team=make_team()))
    mine = quiet_for(20, owner=make_user("Account owner", team=team))
    refreshed()
    trial = ran(draft(recency_sensitivity="2", medium_from=30), make_user("Retention manager"))
    looker = make_user("Account owner", team=team)
    looker.user_permissions.add(Permission.objects.get(codename="view_scoreversion"))
    client.force_login(looker)
    page = client.get(f"/score/trials/{trial.pk}/").content.decode()
    assert mine.contact.name in page
    assert theirs.contact.name not in page
    assert "A customer of another team" in page


def test_who_moves_is_named_page_by_page(client: Client, manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        quiet_for(20)
    refreshed()
    trial = ran(draft(recency_sensitivity="2", medium_from=30), manager)
    for module in ("retention.outcomes", "retention.views.trials"):
        monkeypatch.setattr(f"{module}.NAMED", 2)
    first = client.get(f"/score/trials/{trial.pk}/").context
    second = client.get(f"/score/trials/{trial.pk}/{first['next_url']}").context
    assert [len(one["named"]) for one in (first, second)] == [2, 1]
    assert second["next_url"] == ""
    assert client.get(f"/score/trials/{trial.pk}/?from=-3").context["named"] == first["named"]


def test_a_quota_that_would_be_exceeded_is_said(client: Client, manager: User) -> None:
    for _ in range(3):
        quiet_for(20)
    refreshed()
    version = draft(recency_sensitivity="2", medium_from=30, bands={"medium": {"weekly_quota": 1}})
    trial = ran(version, manager)
    assert "more than its quota of 1" in client.get(f"/score/trials/{trial.pk}/").content.decode()


def test_a_trial_is_cancelled_and_says_so(client: Client, manager: User) -> None:
    trial = trials.request_what_if(version=draft(), by=manager, now=NOW)
    page = client.post(f"/score/trials/{trial.pk}/cancel/", follow=True).content.decode()
    assert "It was cancelled, so there is no result." in page
    assert "nothing to cancel" in client.post(f"/score/trials/{trial.pk}/cancel/", follow=True).content.decode()


def test_a_trial_that_failed_says_why_and_can_be_tried_again(client: Client, manager: User) -> None:
    trial = trials.request_what_if(version=draft(), by=manager, now=NOW)
    ScoreTrial.objects.filter(pk=trial.pk).update(status="failed", problem="The disk was full.", finished_at=NOW)
    assert "The disk was full." in client.get(f"/score/trials/{trial.pk}/").content.decode()
    client.post(f"/score/trials/{trial.pk}/retry/")
    trial.refresh_from_db()
    assert trial.status == "queued"


def test_a_published_version_has_no_what_if(client: Client, manager: User) -> None:
    answer = client.post(f"/score/{in_force().pk}/what-if/")
    assert answer.status_code == 422
    assert "Only a draft can be tried" in answer.content.decode()


# --- backtests ----------------------------------------------------------------------------------------------------


def lapsed_and_stayed() -> None:
    """As of a hundred days ago, one who then stayed away and one who went on coming."""
    did(make_customer(), "visit_logged", 170, 180, 190, 200)
    did(make_customer(), "visit_logged", *range(5, 200, 5))


def test_a_backtest_is_asked_for_and_read(client: Client, manager: User) -> None:
    lapsed_and_stayed()
    version = in_force()
    asked = {"dates": f"{ago(100):%Y-%m-%d}, {ago(95):%Y-%m-%d}", "horizon_days": "60", "lapse": "no_activity"}
    for of in (version, draft(recency_sensitivity="1.2")):
        answer = client.post(f"/score/{of.pk}/backtest/", asked)
        trial = ScoreTrial.objects.latest("pk")
        assert answer["Location"] == f"/score/trials/{trial.pk}/"
        trials.run_trial(trial.pk)
    page = re.sub(r"\s+", " ", client.get(f"/score/trials/{trial.pk}/").content.decode())
    assert "the one who lapsed had the higher score in 100% of all pairs" in page
    assert "AUC of at-risk-v1" in page
    assert page.count('<table class="table">') == 3
    assert 'role="img"' in page
    assert "lapsed, 50% of all" in page


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"dates": "yesterday"}, "“yesterday” is not a day. Write year, month and day, for instance 2026-03-31."),
        ({"dates": ""}, "This field is required."),
        ({"dates": " , "}, "This field is required."),
        ({"dates": "2026-05-01"}, "are not over yet"),
        ({"lapse": "moved"}, "not one of the available choices"),
        ({"horizon_days": "3"}, "greater than or equal to 7"),
    ],
)
def test_a_backtest_that_cannot_be_is_refused_in_words(
    client: Client, manager: User, asked: dict[str, str], sentence: str
) -> None:
    lapsed_and_stayed()
    given = {"dates": f"{ago(100):%Y-%m-%d}", "horizon_days": "60", "lapse": "no_activity", **asked}
    answer = client.post(f"/score/{in_force().pk}/backtest/", given)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not ScoreTrial.objects.exists()
