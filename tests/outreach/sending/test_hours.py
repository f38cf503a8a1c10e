"""Quiet hours in every zone a person may be in, also on the days on which clocks are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from outreach.rules import Hours, Whereabouts, ZoneSource, next_allowed, why_not_send
from outreach.rules.sending.public_holidays import holiday_in, rest_days_in
from tests.outreach.sending.facts import AMERICA, BERLIN, DAY, DAYTIME, NOW, TEXT, WORKDAYS, changed

QUARTER = timedelta(minutes=15)
#: Half hours, changes of half an hour, changes at midnight, both hemispheres, the date line, none at all.
ZONES = [
    "Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Kolkata",
    "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Santiago", "Africa/Cairo", "Asia/Beirut",
    "America/Havana", "Atlantic/Azores", "Africa/Casablanca", "Antarctica/Troll", "Asia/Gaza", "UTC",
]  # fmt: skip


def no_holidays(day: date) -> str:
    return ""


def moment(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def suits(at: datetime, zones: list[str], rules: Hours) -> bool:
    """The rule in the plainest words, moment by moment."""
    return all(
        rules.opens <= local.hour < rules.closes and (rules.on_weekends or local.weekday() < 5)
        for local in (at.astimezone(ZoneInfo(zone)) for zone in zones)
    )


@pytest.mark.parametrize(
    ("now", "zones", "rules", "expected"),
    [
        ("2026-05-20T09:00", ["Europe/Berlin"], DAYTIME, "2026-05-20T09:00"),
        ("2026-05-20T20:40", ["Europe/Berlin"], DAYTIME, "2026-05-21T06:00"),
        ("2026-05-20T19:00", ["Europe/Berlin"], DAYTIME, "2026-05-21T06:00"),  # 21:00 is too late
        ("2026-05-20T18:59", ["Europe/Berlin"], DAYTIME, "2026-05-20T18:59"),
        ("2026-05-20T09:00", ["America/New_York", "Pacific/Honolulu"], DAYTIME, "2026-05-20T18:00"),
        ("2026-05-22T17:00", ["Europe/Berlin"], WORKDAYS, "2026-05-25T07:00"),  # Friday evening, Monday
        ("2026-05-22T16:30", ["Asia/Kathmandu"], DAYTIME, "2026-05-23T02:15"),
        # The clock goes forward at 02:00: an hour less to wait.
        ("2026-03-28T22:00", ["Europe/Berlin"], DAYTIME, "2026-03-29T06:00"),
        ("2026-10-24T22:00", ["Europe/Berlin"], DAYTIME, "2026-10-25T07:00"),
        # Half an hour back at 02:00, so 01:30 comes twice.
        ("2026-04-04T13:00", ["Australia/Lord_Howe"], Hours(2, 3, True, True), "2026-04-04T15:30"),
        # 02:00 never comes on that day: from 02:00 to 02:30 nobody's clock shows the hour, and 02:30 is inside.
        ("2026-10-03T13:00", ["Australia/Lord_Howe"], Hours(2, 3, True, True), "2026-10-03T15:30"),
        ("2026-03-29T00:00", ["Europe/Berlin"], Hours(2, 3, True, True), "2026-03-30T00:00"),
        ("2026-10-25T00:30", ["Europe/Berlin"], Hours(2, 3, True, True), "2026-10-25T00:30"),
        ("2026-10-25T01:30", ["Europe/Berlin"], Hours(2, 3, True, True), "2026-10-25T01:30"),
    ],
)  # fmt: skip
def test_the_first_moment_that_suits(now: str, zones: list[str], rules: Hours, expected: str) -> None:
    assert next_allowed(moment(now), zones, rules, no_holidays) == moment(expected)


def test_places_that_share_no_hour_and_nowhere_at_all() -> None:
    assert next_allowed(NOW, ["Europe/Berlin", "Pacific/Honolulu"], WORKDAYS, no_holidays) is None
    assert next_allowed(NOW, [], DAYTIME, no_holidays) is None
    assert next_allowed(NOW, [], Hours(0, 24, True, True), no_holidays) == NOW
    everywhere = Whereabouts(("Europe/Berlin", "Pacific/Honolulu"), ZoneSource.PHONE, ())
    refusal = why_not_send(changed(TEXT, whereabouts=everywhere, hours=WORKDAYS))
    assert refusal is not None
    assert refusal.code == "time_zone"
    assert refusal.sentence == "No hour suits every place where they may be. Enter their time zone."
    assert refusal.not_before == NOW + DAY


#: Around the changes of clocks of 2026, and some plain days.
days = st.sampled_from(
    [date(2026, month, day) for month, day in [(3, 7), (3, 28), (4, 4), (4, 24), (5, 20), (9, 5), (9, 26), (10, 3)]]
    + [date(2026, 10, day) for day in (24, 29, 31)]
)
moments = st.builds(
    lambda day, seconds: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds),
    days,
    st.integers(0, 2 * 86400),
)
some_hours = st.builds(
    lambda opens, length, weekends: Hours(opens, min(24, opens + length), weekends, True),
    st.integers(0, 23),
    st.integers(1, 24),
    st.booleans(),
)


@given(moments, st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True), some_hours)
@example(moment("2026-10-24T23:59:59"), ["Europe/Berlin", "Atlantic/Azores"], Hours(0, 1, True, True))
@example(moment("2026-10-29T20:30:00"), ["Africa/Cairo"], Hours(23, 24, False, True))
def test_whenever_it_is_allowed_every_clock_is_inside_and_no_quarter_of_an_hour_was_missed(
    now: datetime, zones: list[str], rules: Hours
) -> None:
    found = next_allowed(now, zones, rules, no_holidays)
    end = found if found is not None else now + 8 * DAY
    step = now
    while step < end:
        assert not suits(step, zones, rules), f"{step} would have done"
        step += QUARTER
    if found is not None:
        assert found >= now
        assert suits(found, zones, rules)


@pytest.mark.parametrize(
    ("now", "where", "rules", "code", "sentence"),
    [
        (
            "2026-05-22T22:40", AMERICA, DAYTIME, None, "",
        ),
        (
            "2026-05-23T09:00", BERLIN, WORKDAYS, "weekend",
            "In their time zone it is Saturday. It may go on 26 May at 09:00 (Berlin).",
        ),
        (
            "2026-05-25T09:00", BERLIN, DAYTIME, "holiday",
            "In their time zone it is a public holiday (Pentecost Monday). It may go on 26 May at 08:00 (Berlin).",
        ),
        (
            "2026-05-20T14:00", AMERICA, DAYTIME, "quiet_hours",
            "Their time zone is not known. In Honolulu, where they may be, it is 04:00. It may go at 08:00 (Honolulu).",
        ),
        (
            "2026-05-20T14:00", changed(AMERICA, source=ZoneSource.PHONE), DAYTIME, "quiet_hours",
            "By their phone number they may be in Honolulu, where it is 04:00. It may go at 08:00 (Honolulu).",
        ),
    ],
)  # fmt: skip
def test_the_words(now: str, where: Whereabouts, rules: Hours, code: str | None, sentence: str) -> None:
    refusal = why_not_send(changed(TEXT, now=moment(now), not_before=None, whereabouts=where, hours=rules))
    assert (refusal.code if refusal else None) == code
    assert (refusal.sentence if refusal else "") == sentence


@pytest.mark.parametrize(
    ("countries", "day", "name"),
    [
        (("DE",), date(2026, 10, 3), "German Unity Day"),
        (("AT",), date(2026, 10, 26), "National Day"),
        (("DE", "AT"), date(2026, 10, 26), "National Day"),
        (("DE",), date(2026, 10, 26), ""),
        (("GB",), date(2026, 4, 6), "Easter Monday"),  # not in Scotland
        (("DE",), date(2026, 8, 15), ""),  # in two of sixteen parts
        (("US",), date(2026, 11, 26), "Thanksgiving Day"),
        (("XX",), date(2026, 12, 25), ""),
        ((), date(2026, 12, 25), ""),
    ],
)
def test_public_holidays(countries: tuple[str, ...], day: date, name: str) -> None:
    assert holiday_in(countries)(day) == name


def test_days_of_rest_are_those_of_the_country() -> None:
    assert rest_days_in(("DE",)) == {5, 6}
    assert rest_days_in(("SA",)) == {4, 5}
    assert rest_days_in(("SA", "DE")) == {4, 5, 6}
    assert rest_days_in(()) == rest_days_in(("XX",)) == {5, 6}
