"""Which prices a text names, so that a change of one can be told from any other change (mission.md 6.6). Pure.

This is not the check for promises (`outreach.gates.amounts`), which looks for figures that nobody allowed. Here only
the difference of two texts counts, so what is read wrongly in both does no harm, and what is missed does. Hence it
takes in all that may be a price: amounts with a sign, code or word of a currency, in figures or in English words, what
they are for, ranges, figures beside a word such as “costs”, percentages, and what is given away.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from outreach.gates.phrases import fold

_SIGN = "[$¢-¥֏؋৳฿៛₠-⃏﷼]"
_CODES = (
    "usd|eur|gbp|chf|aud|cad|nzd|inr|jpy|cny|sek|nok|dkk|pln|czk|huf|bgn|brl|mxn|zar|sgd|hkd|aed|sar|ils|thb|krw|idr"
    "|myr|vnd|uah|rub|ars|clp|egp|ngn"
)
_WORDS = (
    "euros?|dollars?|bucks|pounds?|quid|pence|cents?|francs?|franken|rupees?|yen|yuan|kronor|kroner|kr|zł|kč|pesos?"
    "|reais|rand|lei|rs"
)
_MULTIPLE = r"(?: ?(?:k|m|bn|mio|tsd|thousand|million|billion)(?![a-z]))?"
#: Thousands may stand apart, 1 200 or 1'200, or be marked: 1,200.50 and 1.200,50.
_NUMBER = rf"(?:\d{{1,3}}(?:[ ']\d{{3}}){{1,4}}(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*){_MULTIPLE}"
_RANGE = rf"{_NUMBER}(?: ?(?:-|–|—|to|or|bis|oder) ?{_NUMBER})?"
_TENS = "ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_ONES = (
    "one|two|three|four|five|six|seven|eight|nine|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen"
    "|nineteen"
)
_SPELLED_ONE = rf"(?:half|a quarter|a third|a|{_ONES}|{_TENS}|hundred|thousand|million|dozen)"
_SPELLED = rf"{_SPELLED_ONE}(?:(?: and |[ -]){_SPELLED_ONE}){{0,7}}"
_PER = (
    r"(?:,-)?(?: ?(?:/|(?:per|an?|each|every|pro|par|al)(?= )) ?(?P<per>hour|day|week|month|quarter|year|annum|person"
    r"|seat|user|member|session|class|visit|stunde|tag|woche|monat|jahr|mois|mes|año|h|mo|pp)(?!\w))?"
)

_MONEY = re.compile(
    rf"(?:(?P<before>(?:(?<!\w)(?:us|au?|ca?|nz|hk|s))?{_SIGN}|(?<!\w)(?:{_CODES}|{_WORDS})\.?(?=[ \d])) ?"
    rf"(?P<after_it>{_RANGE})"
    rf"|(?<![\w.,])(?P<figures>{_RANGE})(?:,-)? ?(?P<after>{_SIGN}|(?:{_CODES}|{_WORDS})(?!\w))"
    rf"|(?<!\w)(?P<spelled>{_SPELLED}) (?P<spelled_in>(?:{_CODES}|{_WORDS})(?!\w))){_PER}"
)
_PERCENT = re.compile(
    rf"(?<![\w.,])(?:(?P<figures>{_RANGE})|(?P<spelled>{_SPELLED}))[ -]?"
    r"(?:%|‰|pct(?!\w)|per ?cent|prozent(?!\w)|pour ?cent|por ?ciento|procent)"
)
#: A figure that is a price because of the word before it.
_PRICED = re.compile(
    r"(?<!\w)(?:prices?|costs?|fees?|quoted?|pay|charged?|charges?|totals?|rate|deposit|budget|save|minus|deduct|discount"
    r"|reduction|rebate|preis|kostet|rabatt|prix|coûte|remise|precio|cuesta|descuento|prijs|kost)(?!\w)"
    r"(?:[ :=]+(?:is|was|are|were|be|of|at|now|then|only|just|for|to|by|from|about|us|you|me|it|them|another|ist|nur"
    rf"|von|est|de|es|van)(?!\w)){{0,4}}[ :=]+(?P<figures>{_RANGE})(?![\w%]|[:/]\d)"
    r"(?! (?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|hour|day|week|month|year|people|minute))"
)
#: What takes something off without a currency: “50 off”, “half off”, “a third off”.
_OFF = re.compile(rf"(?<![\w.,])(?:(?P<figures>{_RANGE})|(?P<spelled>{_SPELLED})) (?:off|less|cheaper)(?!\w)")
_FREE = re.compile(
    rf"(?<![\w.,])(?P<some>(?:{_NUMBER}|{_SPELLED}) (?:more |extra |further )?"
    r"(?:days?|weeks?|months?|years?|sessions?|class(?:es)?|visits?|seats?|users?) (?:for )?free)(?!\w)"
    rf"|(?<!\w)(?P<first>free (?:for )?(?:the )?(?:first )?(?:{_NUMBER}|{_SPELLED}|month|week|year)(?: [a-z]+)?)"
    rf"|(?<!\w)(?P<buy>buy (?:{_NUMBER}|{_SPELLED}),? get (?:{_NUMBER}|{_SPELLED}))"
)
#: What is given away, or said about the price, without any figure.
_SAID = re.compile(
    r"(?<!\w)(?:half(?: the)? price|free of (?:any )?charge|for free"
    r"|(?:at |with )?no (?:extra |additional |further )?(?:cost|charge|fee)"
    r"|without (?:extra |additional |further )?(?:cost|charge)|on the house|complimentary|discounts?(?:ed)?|rebates?"
    r"|waived?|reduced price|special price|best price|lower price|cheaper|price match|money back|refund(?:s|ed)?"
    r"|(?:plus|excl(?:uding|\.)?|incl(?:uding|\.)?|net of|before|zzgl\.?|inkl\.?) (?:vat|tax(?:es)?|mwst)"
    r"|kostenlos|gratis|gratuite?|rabatt|remise|descuento)(?!\w)"
)
_BLANKS = re.compile(r"\s+")
_FIGURE = re.compile(_NUMBER)
_MULTIPLES = {
    "k": 1_000, "tsd": 1_000, "thousand": 1_000, "m": 1_000_000, "mio": 1_000_000, "million": 1_000_000,
    "bn": 1_000_000_000, "billion": 1_000_000_000,
}  # fmt: skip
_CURRENCIES = {
    "$": "usd", "us$": "usd", "dollar": "usd", "buck": "usd", "a$": "aud", "au$": "aud", "c$": "cad", "ca$": "cad",
    "nz$": "nzd", "hk$": "hkd", "s$": "sgd", "€": "eur", "euro": "eur", "£": "gbp", "pound": "gbp", "quid": "gbp",
    "₹": "inr", "rupee": "inr", "rs": "inr", "rs.": "inr", "franc": "chf", "franken": "chf", "zł": "pln", "kč": "czk",
    "₽": "rub", "₴": "uah", "₪": "ils", "฿": "thb", "₩": "krw",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Price:
    """One price of a text.

    ``amount`` is the figure in its plainest form, or the words where it was spelled out. ``currency`` is a code in
    small letters, empty where the text names none. ``per`` is what the amount is for, such as a month.
    """

    kind: Literal["money", "percent", "figure", "offer"]
    amount: str
    currency: str = ""
    per: str = ""


def money_in(text: str) -> Counter[Price]:
    """Every price a text names and how often, however it is written: €1,200.50 and 1.200,50 EUR are the same.

    The order does not count, nor what stands around them.
    """
    rest = _BLANKS.sub(" ", fold(text).text)
    found: Counter[Price] = Counter()
    # Each pattern takes away what it read, so that nothing counts twice.
    for pattern, prices in (
        (_MONEY, _money),
        (_PERCENT, _percent),
        (_FREE, _offer),
        (_OFF, _off),
        (_PRICED, _figure),
        (_SAID, _offer),
    ):
        for match in pattern.finditer(rest):
            found.update(prices(match))
        rest = pattern.sub(lambda match: f" {_kept(match)} ", rest)
    return found


def price_changed(before: str, after: str) -> bool:
    """Whether an edit changed, added or took out a price."""
    return money_in(before) != money_in(after)


def _kept(match: re.Match[str]) -> str:
    """What a later pattern may still read of it: the word that made a figure a price may be one by itself."""
    return match[0].split(" ", 1)[0] if match.re is _PRICED else "\x00"


def _money(match: re.Match[str]) -> Iterator[Price]:
    sign = match["before"] or match["after"] or match["spelled_in"]
    currency = _currency(sign)
    per = match["per"] or ""
    if match["spelled"]:
        yield Price("money", match["spelled"], currency, per)
    for figure in _figures(match["after_it"] or match["figures"] or ""):
        yield Price("money", figure, currency, per)


def _percent(match: re.Match[str]) -> Iterator[Price]:
    for amount in [match["spelled"]] if match["spelled"] else _figures(match["figures"]):
        yield Price("percent", amount)


def _off(match: re.Match[str]) -> Iterator[Price]:
    for amount in [match["spelled"]] if match["spelled"] else _figures(match["figures"]):
        yield Price("offer", amount)


def _figure(match: re.Match[str]) -> Iterator[Price]:
    for amount in _figures(match["figures"]):
        yield Price("figure", amount)


def _offer(match: re.Match[str]) -> Iterator[Price]:
    yield Price("offer", match[0])


def _currency(sign: str) -> str:
    word = sign.strip()
    return _CURRENCIES.get(word) or _CURRENCIES.get(word.rstrip("s.")) or word.rstrip(".")


def _figures(words: str) -> list[str]:
    return [_plain(match[0]) for match in _FIGURE.finditer(words)]


def _plain(words: str) -> str:
    """The number as it would be written without any mark but a decimal point."""
    times = next((many for word, many in _MULTIPLES.items() if re.search(rf"\d ?{word}$", words)), 1)
    digits = "".join(char for char in words if char.isdecimal() or char in ".,")
    last = max(digits.rfind(","), digits.rfind("."))
    if last >= 0:
        mark, tail = digits[last], digits[last + 1 :]
        other = ({",", "."} - {mark}) & set(digits)
        # Three digits after the only kind of mark are thousands, unless nothing stands before it.
        thousands = len(tail) == 3 and (digits.count(mark) > 1 or not other) and not digits.startswith("0")
        whole = re.sub(r"[.,]", "", digits[:last])
        digits = whole + tail if thousands else f"{whole}.{tail}"
    return format((Decimal(digits) * times).normalize(), "f")
