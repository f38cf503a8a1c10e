"""What the customers of the sample world do shows, whatever the seed, what it was written to show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from contacts.ingest.kinds import is_machine, key_of, particulars
from contacts.models import EventName
from retention.rules.history import Happening, History
from retention.rules.model import ModelRules
from retention.rules.score import Scored, score
from retention.scoring import published
from reviews.demo.habits import AGENCY, SOFTWARE, STUDIO, Case, Deed, Diary, Trade, deal
from reviews.demo.reading import read

CASES = [Case.of(row) for row in read("cases.toml")["case"]]
#: The end of a day, its beginning, and a time in between.
MOMENTS = [
    datetime(2026, 3, 4, 23, 59, 30, tzinfo=UTC),
    datetime(2026, 3, 8, 0, 0, 10, tzinfo=UTC),
    datetime(2026, 8, 31, 15, tzinfo=UTC),
]
TRADES = {"studio": STUDIO, "software": SOFTWARE, "agency": AGENCY}

#: scoring.md, "Reason codes".
REASONS = {
    "quiet_15d", "quiet_30d", "visits_down_25", "visits_down_50", "visits_down_75", "payment_failed", "paused",
    "refund", "opens_down_25", "opens_down_50", "nps_detractor", "nps_passive", "escalated", "ticket_open",
    "thin_baseline", "short_history", "no_events", "payment_and_opens", "missed_bookings",
}  # fmt: skip


@pytest.fixture
def kinds(db: None) -> dict[str, int]:
    """What every known name counts as."""
    return {key: kind or 0 for key, kind in EventName.objects.values_list("key", "kind")}


@pytest.fixture
def rules(db: None) -> ModelRules:
    """The model of scoring.md."""
    (found,) = [one for one in published() if one.name == "at-risk-v1"]
    return found


def deeds_of(case: Case, trade: Trade, now: datetime, seed: int) -> list[Deed]:
    random = Random(f"{seed} {case.name}")
    return Diary(case=case, trade=trade, now=now, random=random, price=60).deeds()


def scored(deeds: list[Deed], case: Case, now: datetime, rules: ModelRules, kinds: dict[str, int]) -> Scored:
    """As the oracle reads it."""
    happenings = []
    for deed in deeds:
        kind = 0 if is_machine(deed.properties) else kinds.get(key_of(deed.name), 0)
        told = particulars(kind, deed.properties)
        happenings.append(Happening(kind, deed.at, told.value, told.reference))
    since = now.date() - timedelta(days=case.joined or 400)
    return score(History(tuple(happenings), since), rules, now)


@pytest.mark.parametrize(
    "seeds", [pytest.param((0, 1), id="few"), pytest.param(range(2, 9), id="many", marks=pytest.mark.trial)]
)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_gives_the_reasons_it_was_written_for(
    case: Case, seeds: Sequence[int], rules: ModelRules, kinds: dict[str, int]
) -> None:
    for now in MOMENTS:
        for trade in TRADES.values():
            for seed in seeds:
                found = scored(deeds_of(case, trade, now, seed), case, now, rules, kinds)
                assert set(case.expect) <= set(found.reasons), (now, trade.oddity, seed, found.reasons)
                if not case.expect and not case.churned:
                    assert found.reasons == (), (now, trade.oddity, seed)


@pytest.mark.parametrize("seed", [1, 7, 2026])
def test_every_reason_there_is_occurs_among_the_members(seed: int) -> None:
    dealt = deal(CASES, 300, Random(seed))
    assert {reason for case in dealt for reason in case.expect} == REASONS
    assert len(dealt) == 300
    assert Counter(case.name for case in dealt).most_common(1)[0][0] == "steady"


@pytest.mark.parametrize("count", [len(CASES), 60, 100, 299, 1000])
def test_there_is_a_case_for_everybody_and_somebody_for_every_case(count: int) -> None:
    dealt = deal(CASES, count, Random(1))
    assert len(dealt) == count
    assert {case.name for case in dealt} == {case.name for case in CASES}


def test_too_few_customers_are_no_sample() -> None:
    with pytest.raises(ValueError, match="too few"):
        deal(CASES, 3, Random(1))


def test_nothing_lies_in_the_future_and_the_same_chance_gives_the_same_days() -> None:
    for case in CASES:
        deeds = deeds_of(case, STUDIO, MOMENTS[0], 3)
        assert deeds == deeds_of(case, STUDIO, MOMENTS[0], 3)
        assert all(deed.at <= MOMENTS[0] for deed in deeds)
        assert deeds == sorted(deeds, key=lambda deed: (deed.at, deed.name))
        assert bool(deeds) is not case.nothing


def test_whoever_left_did_nothing_afterwards() -> None:
    (left,) = [case for case in CASES if case.churned]
    deeds = deeds_of(left, STUDIO, MOMENTS[0], 3)
    assert max(deed.at for deed in deeds) < MOMENTS[0] - timedelta(days=left.churned - 1)
