"""When they are back: the day that an absence note names, in the ways people write days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from outreach.rules.replies.days_and_months import DAY, MONTH
from outreach.rules.replies.folding import Folded

#: A return further away than this was misread, or the note was left standing.
_LONGEST = timedelta(days=550)
#: A day that has only just gone by belongs to this year; one that is longer gone is next year's.
_JUST_GONE = timedelta(days=60)

_MONTH_NAMES = "|".join(sorted(MONTH, key=len, reverse=True))
_DAY_NAMES = "|".join(sorted(DAY, key=len, reverse=True))
_ORDINAL = r"(?:st|nd|rd|th|\.|er|º|ª|o|:e|e)?"
_DATE = re.compile(
    r"(?<![\w/.-])(?:(?P<iso_y>20\d\d)[-/.](?P<iso_m>\d{1,2})[-/.](?P<iso_d>\d{1,2})"
    r"|(?P<cjk_y>20\d\d)?\s?年?\s?(?P<cjk_m>\d{1,2})\s?[月월]\s?(?P<cjk_d>\d{1,2})\s?[日号號일]"
    rf"|(?P<d1>\d{{1,2}}){_ORDINAL}\s?(?:of |de |den |d')?\s?(?P<m1>{_MONTH_NAMES})\b\.?(?:,?\s?(?:de |del |do "
    rf")?(?P<y1>20\d\d))?|(?P<m2>{_MONTH_NAMES})\b\.?\s?(?:the )?(?P<d2>\d{{1,2}}){_ORDINAL}(?!\d"
    r"|:)(?:,?\s?(?P<y2>20\d\d))?|(?P<n1>\d{1,2})(?P<sep>[./-])\s?(?P<n2>\d{1,2})(?:(?P=sep)\s?(?P<y3>20\d\d"
    r"|\d\d)?)?(?![\d:]))"
)
_WEEKDAY = re.compile(
    r"(?<!\w)(?P<next>next |nachsten |nachste |kommenden |prochain |proximo |pros\w+ |volgende |nasta |naeste "
    rf"|neste )?(?P<day>{_DAY_NAMES})(?!\w)"
)
_RELATIVE = (
    (re.compile(r"(?<!\w)(?:tomorrow|morgen|demain|manana|domani|amanha|jutro|imorgon|i morgen|yarin|明日|明天)"), 1),
    (
        re.compile(
            r"(?<!\w)(?:day after tomorrow|ubermorgen|apres-demain|pasado manana|dopodomani|overmorgen|pojutrze)"
        ),
        2,
    ),
)
_NEXT_WEEK = re.compile(
    r"(?<!\w)(?:next week|nachste woche|kommende woche|la semaine prochaine|la proxima semana|la settimana "
    r"prossima|na proxima semana|volgende week|w przyszlym tygodniu|nasta vecka|naeste uge|neste uke)"
)
_IN_WEEKS = re.compile(
    r"(?<!\w)(?:in|for|fur|dans|en|tra|fra|em|over|za|om) (?P<count>\d{1,2}|one|two|three|four|a|einer|zwei"
    r"|drei|une|deux|trois|una|dos|tres|due|tre|twee|drie|en|to) (?P<unit>weeks?|wochen?|semaines?|semanas?"
    r"|settiman[ae]|weken|tygodn\w+|veckor|uger|uker|days?|tagen?|jours?|dias?|giorni|dagen|dni|dagar|dage)"
)
_COUNTS = {
    "one": 1,
    "a": 1,
    "einer": 1,
    "une": 1,
    "una": 1,
    "en": 1,
    "two": 2,
    "zwei": 2,
    "deux": 2,
    "dos": 2,
    "due": 2,
    "twee": 2,
    "to": 2,
    "three": 3,
    "drei": 3,
    "trois": 3,
    "tres": 3,
    "tre": 3,
    "drie": 3,
    "four": 4,
}

# What stands in front of a day says what it is: the day they are back, or the last one away.
_BACK = re.compile(
    r"(?:back|return(?:ing|s)?|be back|available|reachable|resume|wieder|zuruck|erreichbar|\bab|de retour"
    r"|reviens|reviendrai|rentre\w*|reprise|regres\w+|vuelv\w+|volver\w*|vuelta|reincorpor\w+|retorn\w+|a partir"
    r"|rientr\w+|torn\w+|ritorn\w+|volt\w+|terug|weer|vanaf|wrac\w+|wroc\w+|ponownie|tillbaka|tilbake|tilbage"
    r"|ater|igen|igjen|palaan|zpet|donec\w+|вернусь|from then|reopen\w*|riapr\w+|od dnia|am)[^.!?\n]{0,45}$"
)
_LAST = re.compile(
    r"(?<![^\W_])(?:until|till|til|'til|through|thru|bis|jusqu'?(?:au|a|en)?|jusqu|hasta|fino|fin|ate|tot|t/m"
    r"|tot en met|do|till och med|t\.?o\.?m\.?|til og med|frem til|fram till|fram til|asti|kadar|до|по|まで|至|到|-"
    r"|to|au|al|und|and|y|a|e|en|og|och)\s?(?:(?:and including|including|einschliesslich|einschl\.|inclusive"
    r"|inclus|incluido|compreso|inkl\w*|the|den|dem|zum|le|la|el|al|au|il|dia|o|dnia|met|en|einschl"
    rf"|(?:{_DAY_NAMES})),?\.?\s?){{0,4}}$"
)
_INCLUDING_BACK = re.compile(
    r"(?:not (?:be )?(?:back|available|in|return\w*|reachable)|nicht|unavailable|erst|won't be)[^.!?\n]{0,60}$"
)


@dataclass(frozen=True, slots=True)
class _Named:
    day: date
    start: int
    end: int


def returns_on(folded: Folded, today: date, *, month_first: bool = False) -> date | None:
    """The day they are back, if the text names it. "Until 3 May" means that they are back on the day after.

    Without a year the next such day is meant. Where several days are named, the one they say they are back on counts
    first, then the last day of their absence. ``month_first``: 3/5 is the fifth of March.
    """
    text = folded.text[:5000]
    last: list[date] = []
    other: list[date] = []
    back: list[date] = []
    for named in _days(text, today, month_first):
        before = text[max(0, named.start - 60) : named.start]
        behind = text[named.end : named.end + 40]
        if _LAST.search(before) or re.match(
            r"\s?(?:まで|까지|\)?\s?(?:included|inclusive|einschliesslich|inclus))", behind
        ):
            until_then = _INCLUDING_BACK.search(before) and re.search(
                r"(?:until|till|before|bis|avant|hasta)\s?(?:\w+\s?){0,2}$", before
            )
            last.append(
                named.day
                if until_then and not re.search(r"(?:bis|hasta)\s?(?:\w+\s?){0,2}$", before)
                else named.day + timedelta(days=1)
            )
        elif _BACK.search(before) or re.match(
            (
                r"\s?(?:に戻|から|より|以降|に出社|回|返|부터|에 (?:복귀|돌아)"
                r"|(?:\w+\s){0,3}(?:wieder|zuruck|terug|tillbaka"
                r"|back|i'll be back"
                r"|weer|de retour|geri|igen))"
            ),
            behind,
        ):
            back.append(named.day)
        else:
            other.append(named.day)
    for group in (back, last):
        ahead = [day for day in group if today <= day <= today + _LONGEST]
        if ahead:
            return max(ahead)
    return None


def _days(text: str, today: date, month_first: bool) -> Iterator[_Named]:
    covered: list[tuple[int, int]] = []
    for match in _DATE.finditer(text):
        found = _date(match, today, month_first)
        if found is not None:
            covered.append(match.span())
            yield _Named(found, *match.span())
    for match in _WEEKDAY.finditer(text):
        if any(start - 18 <= match.start() <= end + 3 for start, end in covered):
            continue  # "Monday, 3 May": the date says it.
        if len(match["day"]) <= 3 and not re.search(r"(?:on|until|till|back|by)\s$", text[: match.start()]):
            continue
        ahead = (DAY[match["day"]] - today.weekday()) % 7 or 7
        yield _Named(today + timedelta(days=ahead), *match.span())
    for pattern, days in _RELATIVE:
        for match in pattern.finditer(text):
            yield _Named(today + timedelta(days=days), *match.span())
    for match in _NEXT_WEEK.finditer(text):
        if not any(abs(match.start() - start) < 40 for start, _end in covered):
            yield _Named(today + timedelta(days=7 - today.weekday()), *match.span())
    for match in _IN_WEEKS.finditer(text):
        count = int(match["count"]) if match["count"].isdigit() else _COUNTS.get(match["count"], 1)
        is_days = match["unit"].startswith(("day", "tag", "jour", "dia", "giorn", "dag", "dni"))
        yield _Named(today + timedelta(days=count * (1 if is_days else 7)), *match.span())


def _date(match: re.Match[str], today: date, month_first: bool) -> date | None:
    part = match.groupdict()
    if part["iso_y"]:
        return _valid(int(part["iso_y"]), int(part["iso_m"]), int(part["iso_d"]))
    if part["cjk_m"]:
        return _with_year(part["cjk_y"], int(part["cjk_m"]), int(part["cjk_d"]), today)
    if part["m1"]:
        return _with_year(part["y1"], MONTH[part["m1"]], int(part["d1"]), today)
    if part["m2"]:
        return _with_year(part["y2"], MONTH[part["m2"]], int(part["d2"]), today)
    first, second = int(part["n1"]), int(part["n2"])
    # Day before month, as most of the world writes; 12/28 can only be the other way, and 1/5 with strokes may be both:
    # the later of the two is the safer one.
    ways = [(second, first)]
    if part["sep"] == "/" and month_first:
        ways = [(first, second), (second, first)]
        return next((day for m, d in ways if (day := _with_year(part["y3"], m, d, today)) is not None), None)
    if part["sep"] == "/":
        ways.append((first, second))
    found = [day for month, day_of in ways if (day := _with_year(part["y3"], month, day_of, today)) is not None]
    if not found:
        return None
    near = [day for day in found if today - timedelta(days=1) <= day <= today + timedelta(days=120)]
    return max(near) if near else found[0]


def _with_year(year: str | None, month: int, day: int, today: date) -> date | None:
    if year:
        return _valid(int(year) + (2000 if len(year) == 2 else 0), month, day)
    found = _valid(today.year, month, day)
    if found is None:
        # 29 February of the next year that has one, if that is the coming year.
        return _valid(today.year + 1, month, day)
    if found < today - _JUST_GONE:
        return _valid(today.year + 1, month, day)
    return found


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
