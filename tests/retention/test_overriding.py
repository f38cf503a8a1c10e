"""People know better for a while, and say so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from retention import services
from retention.models import Customer, ScoreFeedback, ScoreOverride
from staff.models import AuditEntry, User
from tests.factories import make_team, make_user
from tests.retention.making import NOW, make_customer, refreshed, score_of

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=7)


@pytest.fixture
def owner() -> User:
    return make_user("Account owner", team=make_team())


@pytest.fixture
def customer(owner: User) -> Customer:
    return make_customer(owner=owner)


def set_band(customer: Customer, by: User, **changes: Any) -> ScoreOverride:
    given = {"band": "high", "reason": "They called.", "expires_at": LATER, "now": NOW, **changes}
    return services.override(customer=customer, by=by, **given)


def test_a_band_is_set_for_a_while_and_audited(customer: Customer, owner: User) -> None:
    refreshed()
    made = set_band(customer, owner)
    assert (made.band, made.expires_at, made.created_by, made.ended_at) == ("high", LATER, owner, None)
    assert score_of(customer).band == "low", "the score stays what it is"
    entry = AuditEntry.objects.get(action="retention.override")
    assert (entry.actor, entry.object_id, entry.detail["override"]) == (owner, str(customer.pk), made.pk)


def test_a_second_one_ends_the_first(customer: Customer, owner: User) -> None:
    first = set_band(customer, owner)
    second = set_band(customer, owner, band="medium", now=NOW + timedelta(hours=1))
    first.refresh_from_db()
    assert (first.ended_at, first.ended_by) == (NOW + timedelta(hours=1), owner)
    assert ScoreOverride.objects.get(ended_at__isnull=True) == second


def test_it_ends_by_a_person(customer: Customer, owner: User) -> None:
    set_band(customer, owner)
    ended = services.end_override(customer=customer, by=owner, now=NOW)
    assert (ended.ended_at, ended.ended_by) == (NOW, owner)
    assert AuditEntry.objects.filter(action="retention.end_override", actor=owner).exists()
    with pytest.raises(services.Refused, match="decides already"):
        services.end_override(customer=customer, by=owner, now=NOW)


def test_it_ends_by_itself_when_it_runs_out(customer: Customer, owner: User) -> None:
    made = set_band(customer, owner)
    assert refreshed(LATER - timedelta(seconds=1)).expired == 0
    assert refreshed(LATER + timedelta(hours=1)).expired == 1
    made.refresh_from_db()
    assert (made.ended_at, made.ended_by) == (LATER, None)
    with pytest.raises(services.Refused):
        services.end_override(customer=customer, by=owner, now=LATER)


def test_one_that_ran_out_is_not_ended_a_second_time(customer: Customer, owner: User) -> None:
    made = set_band(customer, owner)
    set_band(customer, owner, now=LATER + timedelta(days=1), expires_at=LATER + timedelta(days=2))
    made.refresh_from_db()
    assert (made.ended_at, made.ended_by) == (LATER, None)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"band": "severe"}, "There is no band “severe”"),
        ({"reason": " "}, "Say why"),
        ({"reason": "x" * 501}, "at most 500"),
        ({"expires_at": NOW}, "still to come"),
        ({"expires_at": NOW - timedelta(days=1)}, "still to come"),
    ],
)
def test_what_cannot_be_is_refused(customer: Customer, owner: User, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(services.Refused, match=sentence):
        set_band(customer, owner, **changes)
    assert not ScoreOverride.objects.exists()


def test_a_wrong_flag_is_kept_as_it_was(customer: Customer, owner: User) -> None:
    refreshed()
    made = services.flag_wrong(customer=customer, note=" On holiday. ", by=owner, now=NOW)
    assert (made.note, made.total, made.band, made.version) == ("On holiday.", 30, "low", score_of(customer).version)
    assert made.reasons == score_of(customer).reasons
    assert AuditEntry.objects.get(action="retention.flag_wrong").detail == {"feedback": made.pk}


def test_without_a_score_or_a_note_nothing_is_wrong(customer: Customer, owner: User) -> None:
    with pytest.raises(services.Refused, match="no score"):
        services.flag_wrong(customer=customer, note="Wrong", by=owner, now=NOW)
    refreshed()
    with pytest.raises(services.Refused, match="what is wrong"):
        services.flag_wrong(customer=customer, note="", by=owner, now=NOW)
    assert not ScoreFeedback.objects.exists()


def test_only_those_who_may_judge_scores_of_customers_they_see(customer: Customer, owner: User) -> None:
    refreshed()
    set_band(customer, owner)
    elsewhere = make_user("Account owner", team=make_team())
    for by in (make_user("SDR manager"), elsewhere, make_user()):
        with pytest.raises(services.NotPermitted):
            set_band(customer, by)
        with pytest.raises(services.NotPermitted):
            services.end_override(customer=customer, by=by, now=NOW)
        with pytest.raises(services.NotPermitted):
            services.flag_wrong(customer=customer, note="Wrong", by=by, now=NOW)
    set_band(customer, make_user("Retention manager"), band="low")
    assert ScoreOverride.objects.count() == 2
