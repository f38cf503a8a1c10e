"""Which prices a text names. Reads only texts."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.rules.prices import Price, money_in, price_changed


def money(amount: str, currency: str, per: str = "") -> Price:
    return Price("money", amount, currency, per)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It is €1,200.50 now.", [money("1200.5", "eur")]),
        ("Es sind 1.200,50 EUR.", [money("1200.5", "eur")]),
        ("1 200,50 €", [money("1200.5", "eur")]),
        ("1'200.50 CHF or $5k", [money("1200.5", "chf"), money("5000", "usd")]),
        ("A$100 beside US$100", [money("100", "aud"), money("100", "usd")]),
        ("€900–1,000 each month", [money("900", "eur", "month"), money("1000", "eur", "month")]),
        ("990 € per seat", [money("990", "eur", "seat")]),
        ("nine hundred euros", [money("nine hundred", "eur")]),
        ("١٠٠ €", [money("100", "eur")]),
        ("1\u200b00 €", [money("100", "eur")]),
        ("＄100", [money("100", "usd")]),
        ("10 % and 12.5 per cent", [Price("percent", "10"), Price("percent", "12.5")]),
        ("ten per cent off", [Price("percent", "ten")]),
        ("20 off, two months free", [Price("offer", "20"), Price("offer", "two months free")]),
        ("It costs only 990.", [Price("figure", "990")]),
        ("The price is 990 for 3 people", [Price("figure", "990")]),
        ("half price, at no extra cost", [Price("offer", "half price"), Price("offer", "at no extra cost")]),
        ("990 EUR plus VAT", [money("990", "eur"), Price("offer", "plus vat")]),
    ],
)
def test_prices_are_found_however_they_are_written(text: str, found: list[Price]) -> None:
    assert sorted(map(str, money_in(text).elements())) == sorted(map(str, found))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We meet at 10:30 on 3 May 2026 in room 5.",
        "Feel free to call me on +44 117 496 0123.",
        "I quoted this on 3 May; call Ron after 5 pm.",
        "You came 52 times since May 2025, 3 people from your team among them.",
        "The class takes 45 minutes. I count on us.",
    ],
)
def test_other_figures_are_no_prices(text: str) -> None:
    assert not money_in(text)


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("It is 1,200 EUR.", "It is €1200, Marta.", False),
        ("First 10 €, then 20 €.", "Then 20 €, first 10 €.", False),
        ("It is 1 200 €.", "It is 2 200 €.", True),
        ("€900–1,000", "€900–1,200", True),
        ("€900 per month", "€900 per year", True),
        ("AUD 100", "CAD 100", True),
        ("€5", "€5m", True),
        ("10 €", "10 € and 10 €", True),
        ("10 €", "", True),
        ("nine hundred euros", "eight hundred euros", True),
        ("It is 990 EUR.", "It is 990 EUR, for free.", True),
        ("It is 990 EUR.", "It is 990 EUR plus VAT.", True),
        ("See you on 3 May.", "See you on 4 May at 9.", False),
    ],
)
def test_a_change_of_price_is_told_from_any_other(before: str, after: str, changed: bool) -> None:
    assert price_changed(before, after) is changed


CENTS = st.integers(min_value=1, max_value=99_999_999)
SIGNS = st.sampled_from([("€", "EUR", "eur"), ("$", "USD", "usd"), ("£", "GBP", "gbp"), ("₹", "INR", "inr")])


def ways(cents: int, sign: str, code: str) -> list[str]:
    """The same amount as people write it."""
    whole, rest = divmod(cents, 100)
    english, german = f"{whole:,}.{rest:02}", f"{whole:,}".replace(",", ".") + f",{rest:02}"
    french, swiss = f"{whole:,}".replace(",", "\u202f") + f",{rest:02}", f"{whole:,}".replace(",", "’") + f".{rest:02}"
    return [f"{sign}{english}", f"{code} {english}", f"{german} {sign}", f"{french} {code}", f"{swiss} {code}"]


@settings(max_examples=40, deadline=None)
@given(CENTS, SIGNS)
def test_every_way_to_write_an_amount_is_the_same_price(cents: int, currency: tuple[str, str, str]) -> None:
    sign, code, name = currency
    expected = Price("money", format((Decimal(cents) / 100).normalize(), "f"), name)
    for way in ways(cents, sign, code):
        assert dict(money_in(f"For this we ask {way}, as we said.")) == {expected: 1}, way


@settings(max_examples=40, deadline=None)
@given(CENTS, CENTS, SIGNS, st.integers(0, 4), st.integers(0, 4))
def test_another_amount_is_always_noticed(
    before: int, after: int, currency: tuple[str, str, str], one: int, other: int
) -> None:
    sign, code, _ = currency
    texts = f"We ask {ways(before, sign, code)[one]} for it.", f"We ask {ways(after, sign, code)[other]} for it."
    assert price_changed(*texts) is (before != after)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_and_equals_itself_in_other_letters(text: str) -> None:
    assert money_in(text) == money_in(text)
    assert money_in(text + "\n\n") == money_in(text)
    assert not price_changed(f"{text}\n", f"  {text}")


@pytest.mark.parametrize("piece", ["1", "123 ", "one ", "1,", "$", "costs is is ", "free for the ", "1-", "half and "])
def test_no_text_takes_long_to_read(piece: str) -> None:
    """Ten times as much text takes about ten times as long: nothing goes back again and again."""

    def seconds(length: int) -> float:
        began = time.process_time()
        money_in(piece * (length // len(piece)))
        return time.process_time() - began

    assert seconds(20_000) < 30 * max(seconds(2_000), 0.002)
