"""What an answer is: one of seven labels, how sure that is, and the words it rests on (mission.md 5.5).

Two rules come before all others. Whoever says stop, in whatever words, is heard. And a question stays a question:
"When do we start?" and "Does the plan stop in May?" want an answer. Where both could be meant the answer is held as an
opt-out of low confidence, and a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from outreach.rules.replies import asking, declining, machines, stopping_elsewhere, stopping_english
from outreach.rules.replies.folding import Folded, as_written, corrected, fold
from outreach.rules.replies.hearing import (
    CERTAIN,
    CLEAR,
    LIKELY,
    UNSURE,
    command,
    command_in_subject,
    stop_in_short,
    stops,
)
from outreach.rules.replies.patterns import Find, finds, inside, sentences, touches
from outreach.rules.replies.quoting import Cut, cut
from outreach.rules.replies.returning import returns_on
from outreach.states import ReplyLabel

#: Below this a second opinion is worth asking for.
SURE_ENOUGH = 0.7
#: Labels that hold nothing back.
QUIET = (ReplyLabel.ANSWER, ReplyLabel.QUESTION, ReplyLabel.OUT_OF_OFFICE, ReplyLabel.AUTO_REPLY)
_MOST_SPANS = 5

_SUBJECT_PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|wg|sv|vs|antw|odp|r|rif|rv|res|enc|fw|fwd|tr|ynt|回复|回覆|答复|转发)\s?(?:\[\d+\])?\s?[:：]\s*)+",
    re.IGNORECASE,
)
_NAME = re.compile(declining.NOT_THIS_NAME)


@dataclass(frozen=True, slots=True)
class Marked:
    """Words in `Sorted.text`, from ``start`` up to ``end``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sorted:
    """What an answer was taken for. ``text`` is what they wrote, without what they quoted; ``spans`` mark it.

    ``confidence`` is 0 to 1. ``because`` says in words what it rests on. ``returns_on`` is the day they are back.
    """

    label: ReplyLabel
    confidence: float
    because: str
    text: str
    spans: tuple[Marked, ...] = ()
    returns_on: date | None = None

    @property
    def certain(self) -> bool:
        """An opt-out that leaves nothing to decide."""
        return self.label == ReplyLabel.OPT_OUT and self.confidence >= CERTAIN


def needs_second_opinion(found: Sorted) -> bool:
    """Whether the rules are unsure, and it could be an opt-out that they did not hear.

    What is held already needs none: nothing leaves, and a person looks.
    """
    return found.label in QUIET and found.confidence < SURE_ENOUGH and bool(found.text.strip())


def sort(
    text: str,
    *,
    subject: str = "",
    headers: Mapping[str, str] | None = None,
    locale: str = "",
    channel: str = "email",
    ours: str = "",
    today: date | None = None,
) -> Sorted:
    """Sort one answer. Never fails, whatever the text.

    ``ours`` is the message that it answers, where it is known: its lines are not theirs. ``today`` is what "back on
    Monday" counts from; without it no day is read. ``locale`` only decides what a number like 3/5 means.
    """
    theirs = cut(text, ours)
    case = _Case(theirs, fold(theirs.text), subject, headers or {}, channel, locale, today)
    return case.sort()


class _Case:
    """One answer and everything that is known about it."""

    def __init__(
        self,
        theirs: Cut,
        folded: Folded,
        subject: str,
        headers: Mapping[str, str],
        channel: str,
        locale: str,
        today: date | None,
    ) -> None:
        self.theirs = theirs
        self.folded = folded
        self.said = fold(theirs.said)
        self.subject = fold(subject[:500]).text.strip()
        self.answers_us = bool(_SUBJECT_PREFIX.match(self.subject))
        self.channel = channel
        self.locale = locale
        self.today = today
        self.sentences = sentences(folded)
        self.machine = machines.says_so(headers)
        if not self.machine and (
            machines.AUTO_SUBJECT.search(self.subject)
            or machines.AWAY_SUBJECT.search(_SUBJECT_PREFIX.sub("", self.subject))
        ):
            self.machine = (
                ""
                if self.answers_us and not machines.AUTO_SUBJECT.search(self.subject)
                else "its subject is that of an automatic answer"
            )
        if not self.machine and machines.RETURNED_SUBJECT.search(self.subject) and not self.answers_us:
            self.machine = "its subject is that of a mail server"

    def sort(self) -> Sorted:
        if self.theirs.reaction:
            return self.found(ReplyLabel.ANSWER, UNSURE, "They tapped on our message and wrote nothing")
        looks = (
            self._keyword, self._opt_out, self._by_machine, self._elsewhere, self._no, self._wrong_person,
            self._may_mean_it, self._question,
        )  # fmt: skip
        for look in looks:
            result = look()
            if result is not None:
                return result
        if not self.said.text.strip():
            return self.found(ReplyLabel.ANSWER, 0.3, "There is nothing in it but what was quoted")
        return self.found(ReplyLabel.ANSWER, LIKELY, "It asks nothing, refuses nothing, and a person wrote it")

    # What they want comes first.

    def _keyword(self) -> Sorted | None:
        if self.machine:
            return None
        heard = command(self.said.text or self.folded.text, self.channel)
        if heard is not None:
            return self.found(ReplyLabel.OPT_OUT, *heard, [Find(0, len(self.folded.text))])
        heard = command_in_subject(_SUBJECT_PREFIX.sub("", self.subject), long=len(self.said.text.strip()) >= 200)
        return self.found(ReplyLabel.OPT_OUT, *heard) if heard is not None else None

    def _opt_out(self) -> Sorted | None:
        places = stops(self.folded)
        confidence = CLEAR
        because = "They ask us to stop"
        if not places and (right := corrected(self.folded)) is not None:
            places = stops(right)
            if places:
                spans = [right.span(*place) for place in places]
                return self._held_if_machine(LIKELY, "They ask us to stop, mistyped", spans)
        if not places and not self.answers_us and self.subject:
            subject = fold(self.subject)
            if stops(subject):
                return self._held_if_machine(LIKELY, "The subject asks us to stop", [])
        if not places:
            places = stop_in_short(self.theirs.text, self.folded)
            confidence, because = LIKELY, "The word stop stands by itself"
        if not places:
            return None
        return self._held_if_machine(confidence, because, [self.folded.span(*place) for place in places])

    def _held_if_machine(self, confidence: float, because: str, spans: list[tuple[int, int]]) -> Sorted:
        if self.machine:
            confidence, because = 0.5, f"{because}, though {self.machine}"
        elif spans and all(start >= self.theirs.signature_at for start, _end in spans):
            confidence, because = UNSURE, f"{because}, below their name"
        return self._made(ReplyLabel.OPT_OUT, confidence, because, spans)

    def _sentence_at(self, place: int) -> str:
        return next((self.folded.text[a:b] for a, b in self.sentences if a <= place < b), self.folded.text)

    # Machines and absences.

    def _by_machine(self) -> Sorted | None:
        # A whole signature belongs to an automatic answer; what a person wrote is looked at without it.
        said = self.folded if self.machine else self.said
        gone = self._places([declining.WRONG, declining.WRONG_ANYWHERE], said)
        away = self._places([machines.AWAY, machines.AWAY_ANYWHERE], said)
        auto = self._places([machines.AUTO, machines.AUTO_ANYWHERE], said)
        if not self.machine and not auto:
            return None
        # A name instead of theirs is in every note of absence; that they have gone for good is not.
        for_good = [
            place
            for place in gone
            if re.search(
                (
                    r"no longer|left|not more|nicht mehr|plus|ya no|nao|niet meer|nie pracuj|retired|verlassen"
                    r"|ausgeschieden|quitt|退職|离职|wrong|longer|laeng|lang"
                ),
                said.text[place.start : place.end],
            )
        ]
        why = (
            f"{self.machine[:1].upper()}{self.machine[1:]}"
            if self.machine
            else "Its words are those of an automatic answer"
        )
        away_subject = bool(machines.AWAY_SUBJECT.search(self.subject)) and not self.answers_us
        returned = machines.RETURNED_SUBJECT.search(self.subject) or "report of a mail server" in self.machine
        if for_good and not away_subject and not returned and not (away and self._return(said)):
            return self.found(ReplyLabel.WRONG_PERSON, LIKELY, f"{why}; they are not there any more", for_good)
        if (away or away_subject) and not returned:
            return self.found(
                ReplyLabel.OUT_OF_OFFICE, CLEAR, f"{why}, and it tells of an absence", away, self._return(said)
            )
        return self.found(ReplyLabel.AUTO_REPLY, CLEAR if self.machine else LIKELY, why, auto)

    def _elsewhere(self) -> Sorted | None:
        """An absence told by a person, or by a machine that leaves no other trace."""
        away = [
            place
            for place in self._places([machines.AWAY, machines.AWAY_ANYWHERE], self.said)
            if "?" not in self._sentence_at(place.start)
        ]
        subject = machines.AWAY_SUBJECT.search(self.subject) is not None and not self.answers_us
        if not away and not subject:
            return None
        if self._asked():
            return None
        if self._places([declining.NO, declining.NO_ANYWHERE], self.said):
            return None
        back = self._return(self.said)
        rest = sum(end - start for start, end in self.sentences) - sum(place.end - place.start for place in away)
        sure = back is not None or subject or rest < 250
        return self.found(ReplyLabel.OUT_OF_OFFICE, LIKELY if sure else UNSURE, "They tell of an absence", away, back)

    def _return(self, said: Folded) -> date | None:
        if self.today is None:
            return None
        found = returns_on(said, self.today, month_first=self.locale.lower().replace("_", "-") == "en-us")
        return found or returns_on(fold(self.subject), self.today, month_first=self.locale.lower() == "en-us")

    # What people answer.

    def _no(self) -> Sorted | None:
        contrary = [*finds([declining.NOT_NO], self.said)]
        places = [
            place
            for place in self._places([declining.NO, declining.NO_ANYWHERE], self.said)
            if not touches(place, contrary) and not self._is_asked(place.start)
        ]
        if not places:
            return None
        if self._places([asking.WHOSE_ADDRESS], self.said):
            return self.found(
                ReplyLabel.OPT_OUT, UNSURE, "They say no, and ask where we have their address from", places
            )
        asked = [place for place in self._asked() if not touches(place, places)]
        if asked:
            return self.found(ReplyLabel.QUESTION, UNSURE, "They say no, and ask something all the same", asked)
        later = list(finds([declining.LATER], self.said))
        firm = any(
            re.search(
                r"interes|danke|thank|merci|gracias|else|another|other|went|chose|decided|a no\b",
                self.said.text[place.start : place.end],
            )
            for place in places
        )
        if later and not firm:
            return self.found(ReplyLabel.ANSWER, UNSURE, "They say no for now, and name a later time", places)
        if self._places([declining.WRONG, declining.WRONG_ANYWHERE], self.said) and not firm:
            return None
        return self.found(ReplyLabel.EXPLICIT_NO, LIKELY if later else CLEAR, "They say no", places)

    def _wrong_person(self) -> Sorted | None:
        places = [
            place
            for place in self._places([declining.WRONG, declining.WRONG_ANYWHERE], self.said)
            if not re.search(
                r"(?:if|whether|is|are|am|have|do) (?:i|you|this|that|we)\b[^.]*\?", self._sentence_at(place.start)
            )
        ]
        if places:
            return self.found(ReplyLabel.WRONG_PERSON, LIKELY, "It is not, or no longer, the person we meant", places)
        shown = as_written(self.theirs.said)
        name = _NAME.search(shown.text)
        if name:
            place = shown.span(*name.span())
            return self._made(ReplyLabel.WRONG_PERSON, LIKELY, "They say that they are somebody else", [place])
        return None

    def _may_mean_it(self) -> Sorted | None:
        contrary = [
            *finds([stopping_english.NOT_MEANT, stopping_elsewhere.NOT_MEANT, stopping_english.SMALL_PRINT], self.said)
        ]
        others = [*finds([stopping_english.OTHERS, stopping_elsewhere.OTHERS], self.said)]
        places = [
            place
            for place in finds([stopping_english.MAYBE, stopping_elsewhere.MAYBE], self.said)
            if not inside(place, contrary)
        ]
        told = [place for place in places if not self._is_asked(place.start) and not touches(place, others)]
        if told and not (self._asked() and len(self.said.text) > 200) and len(self.said.text) < 1000:
            return self.found(ReplyLabel.OPT_OUT, UNSURE, "They may mean that we should stop", told)
        if places or others:
            asked = self._asked()
            if asked:
                return self.found(ReplyLabel.QUESTION, 0.65, "They ask something that has to do with stopping", asked)
        return None

    def _question(self) -> Sorted | None:
        whose = self._places([asking.WHOSE_ADDRESS], self.said)
        if whose:
            return self.found(ReplyLabel.QUESTION, UNSURE, "They ask where we have their address from", whose)
        asked = self._asked()
        if asked:
            return self.found(ReplyLabel.QUESTION, CLEAR if self._marks() else LIKELY, "They ask something", asked)
        return None

    def _marks(self) -> bool:
        return any(asking.MARK.search(self.said.text[start:end]) for start, end in sentences(self.said))

    def _asked(self) -> list[Find]:
        found: list[Find] = []
        for start, end in sentences(self.said):
            sentence = self.said.text[start:end]
            asks = (
                asking.MARK.search(sentence) or asking.BEGINS.match(sentence.lstrip()) or asking.ASKS.search(sentence)
            )
            if asks and not asking.COURTESY.match(sentence):
                found.append(Find(start, end))
        return found[:3]

    def _is_asked(self, place: int) -> bool:
        for start, end in sentences(self.said):
            if start <= place < end:
                return asking.MARK.search(self.said.text[start:end]) is not None
        return False

    def _places(self, patterns: Iterable[re.Pattern[str]], folded: Folded) -> list[Find]:
        return list(finds(patterns, folded))

    def found(
        self, label: ReplyLabel, confidence: float, because: str, places: Iterable[Find] = (), back: date | None = None
    ) -> Sorted:
        return self._made(label, confidence, because, [self.folded.span(*place) for place in places], back)

    def _made(
        self, label: ReplyLabel, confidence: float, because: str, spans: list[tuple[int, int]], back: date | None = None
    ) -> Sorted:
        joined: list[Marked] = []
        for start, end in sorted(set(spans)):
            if start >= end:
                continue
            if joined and start <= joined[-1].end:
                joined[-1] = Marked(joined[-1].start, max(end, joined[-1].end))
            else:
                joined.append(Marked(start, end))
        return Sorted(label, confidence, f"{because}.", self.theirs.text, tuple(joined[:_MOST_SPANS]), back)
