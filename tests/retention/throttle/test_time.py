"""How many minutes there are in the days promised."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.rules.capacity import MONDAY_TO_FRIDAY, Away, Hours, minutes_in, promised, time_for
from retention.states import WorkKind

#: A Wednesday.
WEDNESDAY = datetime(2026, 5, 13, tzinfo=UTC)
FRIDAY_NOON = datetime(2026, 5, 15, 12, tzinfo=UTC)


def hours(minutes: int = 60, *weekdays: int, user: int = 1, kind: WorkKind = WorkKind.REVIEW) -> Hours:
    return Hours(user, kind, minutes, frozenset(weekdays) or MONDAY_TO_FRIDAY)


def day(number: int) -> date:
    return date(2026, 5, number)


@pytest.mark.parametrize(
    ("who", "now", "count", "expected"),
    [
        ([hours()], WEDNESDAY, 2, {day(13): 1, day(14): 1}),
        # What has passed of today is made up for on Monday, the next working day.
        ([hours()], FRIDAY_NOON, 1, {day(15): Decimal("0.5"), day(18): Decimal("0.5")}),
        ([hours()], FRIDAY_NOON, 2, {day(15): Decimal("0.5"), day(18): 1, day(19): Decimal("0.5")}),
        ([hours(60, 6)], FRIDAY_NOON, 2, {day(16): 1, day(23): 1}),
        ([hours(60, 5), hours(60, 6, user=2)], FRIDAY_NOON, 1, {day(15): Decimal("0.5"), day(16): Decimal("0.5")}),
        ([hours(0)], WEDNESDAY, 1, {}),
        ([], WEDNESDAY, 1, {}),
    ],
)
def test_the_days_promised(who: list[Hours], now: datetime, count: int, expected: dict[date, Decimal]) -> None:
    assert promised(who, now, count) == expected


@pytest.mark.parametrize(
    ("away", "minutes"),
    [
        ([], 150),
        ([Away(1, day(13), day(13))], 90),
        # Two absences over one day count once, and those of others not at all.
        ([Away(1, day(13), day(13)), Away(1, day(10), day(13)), Away(3, day(13), day(14))], 90),
        ([Away(1, day(1), day(31)), Away(2, day(14), day(20))], 15),
    ],
)
def test_who_is_away_takes_their_minutes_along(away: list[Away], minutes: int) -> None:
    who = [hours(60), hours(15, user=2)]
    assert minutes_in(promised(who, WEDNESDAY, 2), who, away) == minutes


def test_head_room_and_open_work_are_taken_off_and_never_more_than_there_is() -> None:
    def found(open_work: int) -> list[Decimal]:
        time = time_for(
            WorkKind.CALL, hours=[hours(60, kind=WorkKind.CALL), hours(500)], away=[], now=WEDNESDAY, days=2,
            headroom_percent=20, open_work=Decimal(open_work),
        )  # fmt: skip
        assert (time.until, time.nobody) == (WEDNESDAY + timedelta(days=2), False)
        return [time.all, time.kept, time.whole, time.free, time.over]

    assert found(36) == [120, 24, 96, 60, 0]
    assert found(100) == [120, 24, 96, 0, 4]
    nobody = time_for(
        WorkKind.CALL, hours=[hours()], away=[], now=WEDNESDAY, days=2, headroom_percent=20, open_work=Decimal(0)
    )
    assert nobody.nobody
    assert nobody.until is None
    assert nobody.free == 0


@given(
    st.lists(st.builds(hours, st.integers(0, 300), st.integers(1, 7), st.integers(1, 7), user=st.integers(1, 3))),
    st.integers(0, 365 * 86_400).map(lambda seconds: WEDNESDAY + timedelta(seconds=seconds)),
    st.integers(1, 9),
)
def test_it_always_is_so_many_days_of_work(who: list[Hours], now: datetime, count: int) -> None:
    shares = promised(who, now, count)
    worked = {weekday for one in who if one.minutes_a_day for weekday in one.weekdays}
    assert bool(shares) == bool(worked)
    assert sum(shares.values()) == (count if worked else 0)
    assert all(0 < share <= 1 and one.isoweekday() in worked and one >= now.date() for one, share in shares.items())
