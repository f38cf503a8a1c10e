"""Scores in plain words: every code has some, and the sentence can be said in one breath."""

from __future__ import annotations

import re

import pytest

from retention.models import ScoreSignal
from retention.rules.words import (
    BANDS,
    KNOBS,
    PARTS,
    REASONS,
    Compared,
    Facts,
    because,
    change_of,
    in_one_breath,
    label_of,
    of_component,
    said,
    sentence,
    signed,
    unjudged,
)
from retention.signals import signal_of
from retention.states import Band, Component, Knob

#: The codes of scoring.md, by component.
CODES = {
    "recency": ["quiet_15d", "quiet_30d"],
    "frequency": ["visits_down_25", "visits_down_50", "visits_down_75", "thin_baseline"],
    "payment": ["payment_failed", "paused", "refund"],
    "engagement": ["opens_down_25", "opens_down_50"],
    "support": ["nps_detractor", "nps_passive", "escalated", "ticket_open"],
    None: ["short_history", "no_events", "payment_and_opens", "missed_bookings"],
}
EVERY_CODE = [code for codes in CODES.values() for code in codes]


@pytest.mark.parametrize("code", [*REASONS, *EVERY_CODE])
def test_every_code_has_words_that_people_use(code: str) -> None:
    for words in (label_of(code), said(code), sentence(code), change_of(code)):
        assert words
        assert "_" not in words
        assert "!" not in words
    assert re.fullmatch(r"[A-Z].*\.", sentence(code))
    assert label_of(code)[0].isupper()
    assert len(label_of(code)) <= 40


def test_every_label_is_of_one_code() -> None:
    assert set(EVERY_CODE) <= set(REASONS)
    assert len({label_of(code) for code in REASONS}) == len(REASONS)


@pytest.mark.django_db
def test_every_reason_that_a_shipped_model_gives_has_words() -> None:
    signals = [signal_of(one.type, one.parameters) for one in ScoreSignal.objects.all()]
    given = {code for signal in signals for code in signal.codes}
    assert given - set(REASONS) == set()
    assert {"quiet_30d", "payment_and_opens", "overdue_2x"} <= given


@pytest.mark.parametrize("component", Component)
def test_reasons_belong_to_their_component(component: Component) -> None:
    assert of_component(component, EVERY_CODE) == CODES[component.value]


def test_every_component_band_and_knob_has_words() -> None:
    assert set(PARTS) == set(Component)
    assert set(BANDS) == set(Band)
    assert set(KNOBS) == set(Knob)


@pytest.mark.parametrize(
    ("code", "facts", "words"),
    [
        ("quiet_30d", Facts(quiet_days=34), "quiet for 34 days"),
        ("quiet_15d", Facts(quiet_days=1), "quiet for 1 day"),
        ("quiet_30d", Facts(), "quiet for long"),
        ("payment_failed", Facts(payment_failed_days=0), "a payment failed today"),
        ("payment_failed", Facts(payment_failed_days=3), "a payment failed 3 days ago"),
        ("nps_detractor", Facts(nps=0), "they gave us 0 of 10"),
        ("visits_down_75", Facts(quiet_days=34), "visits down by three quarters"),
        ("a_code_of_tomorrow", None, "a code of tomorrow"),
    ],
)
def test_numbers_come_in_where_they_are_known(code: str, facts: Facts | None, words: str) -> None:
    assert said(code, facts) == words


def test_a_sentence_of_its_own_says_what_was_counted() -> None:
    facts = Facts(
        visits=Compared("2 in 30 days", "26 in the 90 days before"), opens=Compared("1 of 4", "4 of 4 before")
    )
    assert sentence("visits_down_75", facts) == (
        "Visits down by three quarters: 2 in 30 days, 26 in the 90 days before."
    )
    assert sentence("opens_down_50", facts) == "Mail opened half as often: 1 of 4, 4 of 4 before."
    assert sentence("paused", facts) == "The subscription is paused."
    assert "26" not in in_one_breath(25, "low", ["visits_down_75"], facts), "too much for one breath"


@pytest.mark.parametrize(
    ("total", "band", "reasons", "facts", "words"),
    [
        (
            72,
            "high",
            ["quiet_30d", "visits_down_75", "payment_failed"],
            Facts(quiet_days=34),
            "72 of 100, high: quiet for 34 days, visits down by three quarters, and a payment failed.",
        ),
        (
            40,
            "medium",
            ["payment_failed", "refund"],
            None,
            "40 of 100, medium: a payment failed, and a refund was asked for.",
        ),
        (0, "low", [], None, "0 of 100, low: nothing stands out."),
        (0, "low", ["thin_baseline"], None, "0 of 100, low: too few visits before to compare with."),
        (15, "low", ["paused", "thin_baseline", "short_history"], None, "15 of 100, low: the subscription is paused."),
        (
            90,
            "high",
            ["quiet_30d", "payment_failed", "visits_down_50", "opens_down_50", "ticket_open", "payment_and_opens"],
            None,
            "90 of 100, high: quiet for long, a payment failed, visits down by half, and 2 more reasons.",
        ),
        (
            75,
            "high",
            ["quiet_30d", "payment_failed", "visits_down_50", "opens_down_50"],
            None,
            "75 of 100, high: quiet for long, a payment failed, visits down by half, and 1 more reason.",
        ),
    ],
)
def test_a_score_is_said_in_one_breath(
    total: int, band: str, reasons: list[str], facts: Facts | None, words: str
) -> None:
    assert in_one_breath(total, band, reasons, facts) == words


@pytest.mark.parametrize(
    ("missing", "components"),
    [(0, []), (1, ["recency"]), (2, ["frequency"]), (8, ["engagement"]), (11, ["recency", "frequency", "engagement"])],
)
def test_what_could_not_be_judged_is_named(missing: int, components: list[str]) -> None:
    assert unjudged(missing) == components


@pytest.mark.parametrize(("points", "words"), [(12, "+12"), (-5, "−5"), (0, "0")])
def test_a_difference_has_its_sign(points: int, words: str) -> None:
    assert signed(points) == words


def test_where_a_difference_comes_from_leaves_out_what_gave_nothing() -> None:
    assert because(15, -5, 0) == "+15 by what they did, or did not do, −5 by a change of the model"
    assert because(0, 0, 0) == ""
