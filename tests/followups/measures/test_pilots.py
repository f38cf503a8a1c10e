"""Beginning and ending a pilot: what is refused, in words, and what is on record."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from followups import services
from followups.models import Cadence, Pilot
from followups.services.pilots import last_counted
from staff.models import AuditEntry, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 13, 12, tzinfo=UTC)


@pytest.fixture
def manager() -> User:
    return make_user("SDR manager")


def start(by: User, **changed: Any) -> Pilot:
    given: dict[str, Any] = {
        "name": "Spring",
        "cadence": Cadence.objects.get(name=services.DEFAULT),
        "started_on": date(2026, 5, 1),
        "days": 30,
        "goal": Decimal("0.9"),
        "now": NOW,
    }
    return services.start_pilot(**{**given, **changed}, by=by)


def test_a_pilot_is_kept_and_on_record(manager: User) -> None:
    made = start(manager, name="  Central   territory ")
    made.refresh_from_db()
    assert (made.name, made.days, made.goal, made.created_by) == ("Central territory", 30, Decimal("0.900"), manager)
    assert last_counted(made) == date(2026, 5, 30)
    entry = AuditEntry.objects.get(action="followups.start_pilot")
    assert (entry.actor, entry.object_id, entry.detail["days"]) == (manager, str(made.pk), 30)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "  "}, "Give the pilot a name"),
        ({"name": "x" * 101}, "Shorten it to 100"),
        ({"goal": Decimal(0)}, "more than 0"),
        ({"goal": Decimal("1.001")}, "at most 100"),
        ({"goal": Decimal("NaN")}, "more than 0"),
        ({"goal": Decimal("0.9001")}, "one decimal"),
        ({"days": 0}, "1 to 366 days"),
        ({"days": 367}, "1 to 366 days"),
        ({"started_on": date(1999, 12, 31)}, "from 1 January 2000"),
        ({"started_on": date(2027, 5, 15)}, "a year from now"),
    ],
)
def test_what_is_no_pilot_is_refused(manager: User, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(services.Refused, match=said):
        start(manager, **changed)
    assert not Pilot.objects.exists()


def test_a_cadence_that_is_not_published_is_not_tried(manager: User) -> None:
    draft = services.clone_cadence(base=services.published_version(), name="central", changes={}, by=manager)
    with pytest.raises(services.Refused, match="“central” is not published"):
        start(manager, cadence=draft.cadence)


@pytest.mark.parametrize(
    ("started_on", "days", "overlaps"),
    [
        (date(2026, 4, 1), 30, False),
        (date(2026, 4, 1), 31, True),
        (date(2026, 5, 1), 30, True),
        (date(2026, 5, 30), 1, True),
        (date(2026, 5, 31), 30, False),
        (date(2026, 4, 1), 366, True),
    ],
)
def test_two_pilots_of_one_cadence_do_not_overlap(manager: User, started_on: date, days: int, overlaps: bool) -> None:
    start(manager)
    if overlaps:
        with pytest.raises(services.Refused, match="“Spring” of this cadence runs until 30 May 2026"):
            start(manager, name="Another", started_on=started_on, days=days)
    else:
        start(manager, name="Another", started_on=started_on, days=days)
    assert Pilot.objects.count() == (1 if overlaps else 2)


def test_a_pilot_that_was_ended_makes_room(manager: User) -> None:
    ended = services.end_pilot(pilot=start(manager), by=manager, now=NOW)
    assert last_counted(ended) == NOW.date()
    with pytest.raises(services.Refused, match="until 13 May 2026"):
        start(manager, name="Another", started_on=date(2026, 5, 13))
    start(manager, name="Another", started_on=date(2026, 5, 14))


def test_a_pilot_ends_once_and_not_after_its_time(manager: User) -> None:
    made = start(manager)
    services.end_pilot(pilot=made, by=manager, now=NOW)
    with pytest.raises(services.Refused, match="ended on 13 May 2026 already"):
        services.end_pilot(pilot=made, by=manager, now=NOW + timedelta(days=1))
    over = start(manager, name="Long ago", started_on=date(2026, 1, 1))
    with pytest.raises(services.Refused, match="over since 30 January 2026"):
        services.end_pilot(pilot=over, by=manager, now=NOW)
    assert AuditEntry.objects.filter(action="followups.end_pilot").count() == 1
