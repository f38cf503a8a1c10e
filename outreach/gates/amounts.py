"""Amounts of money and percentages in a text, and which of them stand where another one was."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from outreach.gates.facts import MessageFacts, Span
from outreach.gates.phrases import Folded, fold

_AMOUNT = r"\d[\d.,]*(?: ?(?:k|m|thousand|million))?"
_BEFORE = r"usd|eur|gbp|chf|aud|cad|inr"
_AFTER = r"usd|eur|euros?|dollars?|pounds?|gbp|chf|francs?|franken|cents?"

# No phrase table: a currency sign is no word, so word boundaries do not hold around it.
_MONEY = re.compile(
    rf"(?:[$€£¥₹]|(?<!\w)(?:{_BEFORE})) ?{_AMOUNT}"
    rf"|(?<![\w.,]){_AMOUNT} ?(?:[€£$¥₹]|(?:{_AFTER})(?!\w))"
)
_SIGNS = "$€£¥₹＄￥￡"
# The beginnings of the currency words, as `phrases` keys them: without one there is no amount to look for.
_CURRENCY_KEYS = frozenset({"usd", "eur", "gbp", "chf", "aud", "cad", "inr", "dol", "pou", "fra", "cen"})

_PERCENT = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)? ?(?:%|per ?cent(?!\w)|prozent(?!\w))")
# A figure that is a price because the words before it say so: "the price is 990", "costs only 1,200".
_PRICED = re.compile(
    r"(?<!\w)(?:prices?|costs?|fees?|quoted|pay|charges?|total|preis|kostet|prix|coûte|precio|cuesta|prijs|kost)(?!\w)(?:\s+(?:is|was|are|of|at|now|only|just|for|to|from|about|us|you|ist|nur|est|de|es|van)"
    r"(?!\w)){0,3}:?\s+(?P<figure>\d[\d.,]*\d|\d)"
    r"(?![\w%]|\s?%|[.:/-]\d|\s+(?:of\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|hour|day|week|month|year|people"
    r"|person|seat|user|minute|time|room|item|page))"
)
# The two amounts stand side by side and one takes the place of the other.
_INSTEAD = re.compile(
    r"(?<!\w)(?:instead of|rather than|down from|up from|reduced|lowered|raised|no longer|was|not|statt|anstatt"
    r"|au lieu de|en lugar de|in plaats van)(?!\w)"
)
_MULTIPLES = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000}
_FIGURE = re.compile(r"\d[\d.,]*")
_CURRENCY = re.compile(r"[a-z]+|[$€£¥₹]")
_CURRENCIES = {
    "$": "usd", "dollar": "usd", "dollars": "usd", "aud": "usd", "cad": "usd",
    "€": "eur", "euro": "eur", "euros": "eur",
    "£": "gbp", "pound": "gbp", "pounds": "gbp",
    "₹": "inr", "franc": "chf", "francs": "chf", "franken": "chf",
}  # fmt: skip


@dataclass(frozen=True)
class Amount:
    """``kind`` is ``money`` or ``percent``; ``currency`` is empty where the text names none."""

    kind: str
    value: Decimal
    currency: str
    start: int
    end: int

    def same_as(self, other: Amount) -> bool:
        """Whether both name the same amount, however written. A figure without currency is as good as one with."""
        alike = not self.currency or not other.currency or self.currency == other.currency
        return self.kind == other.kind and self.value == other.value and alike


def has_money(folded: Folded, text: str) -> bool:
    """Whether looking for amounts is worth the while."""
    return not folded.keys.isdisjoint(_CURRENCY_KEYS) or any(sign in text for sign in _SIGNS)


def money_places(folded: str) -> list[tuple[int, int]]:
    """Where amounts with their currency stand in a folded text."""
    return [match.span() for match in _MONEY.finditer(folded)]


def amounts_in(folded: str) -> list[Amount]:
    """All amounts of a folded text, in order."""
    found: list[Amount] = []
    for match in _MONEY.finditer(folded):
        end = match.start() + len(match[0].rstrip(".,"))
        found.append(Amount("money", _value(match[0]), _currency(match[0]), match.start(), end))
    for match in _PERCENT.finditer(folded):
        found.append(Amount("percent", _value(match[0]), "", *match.span()))
    for match in _PRICED.finditer(folded):
        start, end = match.span("figure")
        if not any(one.start <= start < one.end for one in found):
            found.append(Amount("money", _value(match["figure"]), "", start, end))
    return sorted(found, key=lambda one: (one.start, one.end))


def changed_amounts(facts: MessageFacts, touched: Iterable[str]) -> list[Span]:
    """Amounts in the touched fields that are neither in the approved text nor in the evidence, and replace one of them.

    One is replaced when the approved text named it and this text does not any more, when the evidence names amounts of
    this kind and this text none of them, or when this text says itself that one amount now stands for another.
    """
    texts = dict(facts.fields())
    now = [(field, fold(text), amounts_in(fold(text).text)) for field, text in texts.items()]
    if not any(found for _, _, found in now):
        return []
    approved = amounts_in(fold(facts.approved_text).text)
    evidence = [one for text in facts.evidence_texts for one in amounts_in(fold(text).text)]
    everything = [one for _, _, found in now for one in found]
    wanted = set(touched)
    spans: list[Span] = []
    for field, folded, found in now:
        if field not in wanted:
            continue
        for one in found:
            if _in(one, approved) or _in(one, evidence):
                continue
            gone = any(other.kind == one.kind and not _in(other, everything) for other in approved)
            known = [other for other in evidence if other.kind == one.kind]
            passed_over = bool(known) and not any(_in(other, everything) for other in known)
            if gone or passed_over or _stands_instead(one, found, folded.text, [*approved, *evidence]):
                spans.append(Span(field, *folded.span(one.start, one.end)))
    return spans


def _in(one: Amount, others: Iterable[Amount]) -> bool:
    return any(one.same_as(other) for other in others)


def _stands_instead(one: Amount, found: list[Amount], text: str, known: list[Amount]) -> bool:
    """Whether this text puts the amount beside a known one with words that say that it replaces it."""
    for other in found:
        if other.kind == one.kind and _in(other, known):
            first, second = sorted((one, other), key=lambda amount: amount.start)
            sentence = text.rfind(".", 0, first.start) + 1
            if second.start - first.end <= 80 and _INSTEAD.search(text[sentence : second.start]):
                return True
    return False


def _currency(words: str) -> str:
    for match in _CURRENCY.finditer(words):
        if match[0] not in _MULTIPLES:
            return _CURRENCIES.get(match[0], match[0])
    return ""


def _value(words: str) -> Decimal:
    """The number in the words, with commas and points read as people write them: 1,200.50 and 1.200,50 are the same."""
    match = _FIGURE.search(words)
    digits = match[0].rstrip(".,") if match else "0"
    last = max(digits.rfind(","), digits.rfind("."))
    if last >= 0:
        mark, tail = digits[last], digits[last + 1 :]
        # Three digits after the only kind of mark are thousands.
        thousands = len(tail) == 3 and (digits.count(mark) > 1 or not ({",", "."} - {mark}) & set(digits))
        whole = re.sub(r"[.,]", "", digits[:last])
        digits = whole + tail if thousands else f"{whole}.{tail}"
    times = next((many for word, many in _MULTIPLES.items() if re.search(rf"\d ?{word}(?![a-z])", words)), 1)
    # Digits of other scripts are digits too, for the pattern and for this.
    return Decimal(digits or "0").normalize() * times
