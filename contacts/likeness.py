"""Whether two contacts may be one person, by their names and addresses. Pure: no database, no clock."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

#: From here on two names within one company are suspected to be one person's, of 100. The one place that says so.
SUSPECTED_FROM = 90
#: Names shorter than this, or of one word, are too common to be suspected by their likeness alone.
SHORTEST_NAME = 5
FEWEST_WORDS = 2
#: Everybody is compared with everybody in groups up to this size. In larger ones, only with the next ones in the
#: alphabet, by the first and by the last of their words: the work grows with the number of people, not its square.
WHOLE_GROUP = 60
NEIGHBOURS = 12

#: Mailboxes anybody can have. Sharing such a domain says nothing about two people.
FREE_MAIL = frozenset(
    """
    126.com 163.com aim.com aol.com bluewin.ch btinternet.com comcast.net duck.com fastmail.com free.fr
    freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hey.com hotmail.co.uk hotmail.com
    hotmail.de hotmail.fr hotmail.it icloud.com inbox.com inbox.ru interia.pl laposte.net libero.it list.ru
    live.com live.de mac.com mail.com mail.de mail.ru mailbox.org me.com msn.com naver.com o2.pl onet.pl
    orange.fr outlook.com outlook.de posteo.de pm.me proton.me protonmail.com qq.com rambler.ru rediffmail.com
    rocketmail.com seznam.cz sfr.fr sky.com t-online.de tiscali.it tuta.com tutanota.com verizon.net virgilio.it
    virginmedia.com wanadoo.fr web.de wp.pl yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.es
    yahoo.fr yahoo.it yandex.com yandex.ru ymail.com zoho.com
    """.split()  # noqa: SIM905  a hundred quotes would hide the names
)

_NO_WORD = re.compile(r"[^\w]+|_")
#: Letters that stay letters when accents go, and titles that are no part of a name.
_PLAIN = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_TITLES = frozenset("dr prof professor mr mrs ms miss mx herr frau sir dame dipl ing phd md mba".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True, order=True)
class Person:
    """A contact as it is compared: its id and its name in `plain` form."""

    name: str
    contact_id: int


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """Two contacts, the older first, and how alike their names are, of 100."""

    first: int
    second: int
    likeness: int


def plain(name: str) -> str:
    """A name to compare: without case, accents, titles and punctuation."""
    # Ornamental letters (𝓐) become plain capitals only when taken apart, and some small letters only when folded: so
    # it takes both, twice, until nothing is left to do.
    folded = _taken_apart(_taken_apart(name).casefold().translate(_PLAIN)).casefold().translate(_PLAIN)
    letters = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return " ".join(word for word in _NO_WORD.split(letters) if word and word not in _TITLES)


def _taken_apart(text: str) -> str:
    return unicodedata.normalize("NFKD", text)


def likeness(one: str, other: str) -> int:
    """How alike two plain names are, 0 to 100, whichever name comes first. Two of nobody are not alike."""
    return int(_ratio(one, other, 0)) if one and other else 0


def _ratio(one: str, other: str, least: float) -> float:
    """As written, or with the words in alphabetical order, where a slip in a first letter would set them apart."""
    return max(fuzz.ratio(one, other, score_cutoff=least), fuzz.token_sort_ratio(one, other, score_cutoff=least))


def comparable(name: str) -> bool:
    """Whether a plain name says enough to suspect anybody by."""
    return len(name) >= SHORTEST_NAME and len(name.split()) >= FEWEST_WORDS


def alike(people: Sequence[Person], only: Collection[int] | None = None) -> Iterator[Pair]:
    """The pairs among people of one company whose names are alike, each once; with ``only``, the pairs of these.

    In a group larger than `WHOLE_GROUP` some may be missed: a person is compared with `NEIGHBOURS` others there. Those
    in ``only`` are always compared with everybody.
    """
    known = sorted(person for person in people if comparable(person.name))
    seen: set[tuple[int, int]] = set()
    for one, other in _to_compare(known, only):
        score = _ratio(one.name, other.name, SUSPECTED_FROM)
        if score:
            key = (min(one.contact_id, other.contact_id), max(one.contact_id, other.contact_id))
            if key not in seen and key[0] != key[1]:
                seen.add(key)
                yield Pair(*key, int(score))


def _to_compare(known: Sequence[Person], only: Collection[int] | None) -> Iterator[tuple[Person, Person]]:
    if only is not None:
        for one in known:
            if one.contact_id in only:
                yield from ((one, other) for other in known if other is not one)
        return
    if len(known) <= WHOLE_GROUP:
        for place, one in enumerate(known):
            for other in known[place + 1 :]:
                yield one, other
        return
    # A slip in the first letter moves a name far away in one order, and hardly ever in both. So does another order of
    # its words.
    by_least_word = sorted(known, key=lambda person: (sorted(person.name.split()), person.contact_id))
    by_greatest_word = sorted(known, key=lambda person: (sorted(person.name.split(), reverse=True), person.contact_id))
    for order in (by_least_word, by_greatest_word):
        for place, one in enumerate(order):
            for other in order[place + 1 : place + 1 + NEIGHBOURS]:
                yield one, other
