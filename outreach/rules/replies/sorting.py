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
from outreach.rules.replies.folding import Folded, corrected, fold
from outreach.rules.replies.patterns import Find, finds, sentences
from outreach.rules.replies.quoting import Cut, cut
from outreach.rules.replies.returning import returns_on
from outreach.states import ReplyLabel

#: A single word that cannot mean anything else. Nobody has to confirm it.
CERTAIN = 1.0
CLEAR = 0.95
LIKELY = 0.8
UNSURE = 0.6
#: Below this a second opinion is worth asking for.
SURE_ENOUGH = 0.7
_MOST_SPANS = 5

# 47 CFR 64.1200(a)(10) names stop, quit, end, revoke, opt out, cancel and unsubscribe; the rest are what operators of
# other countries take for the same.
_KEYWORDS = frozenset(
    "stop stopall stopp stoppen unsubscribe unsub optout revoke remove arret alto baja detener desuscribir cancelar afmelden afmeld abmelden abbestellen "
    "avregistrera avmeld desinscrire desabonner stopsms stopit wypisz leiratkozas odhlasit iptal dezabonare стоп отписка отписаться відписатися 退订 退訂 停止 配信停止 解除 수신거부 "
    "取消订阅 取消訂閱 توقف".split()
)
#: Certain only in a text message, where they are commands; in a mail they may mean something else.
_SMS_KEYWORDS = frozenset("cancel end quit td t 拒收 ret dur fin sair parar pare halt no-more delete".split())
_NOT_A_WORD = re.compile(r"[^\w]+|_+")
_STOP_WORD = re.compile(r"(?<![\w-])s+t+o+p+p?(?:all)?(?![\w-])")
_MISTYPED_STOP = re.compile(
    r"^\W*(?:stpo|sotp|tsop|sto|stob|stiop|stoop|atop|dtop|st0p|s t o p|s\.t\.o\.p|spot|stahp|stp|ztop)\W*$"
)
_SMALL_WORDS = frozenset(
    "please pls plz plse kindly now just ok okay yes hi hello hey dear sir madam guys thanks thank you thx ty cheers it this that all everything immediately already at once asap right "
    "today ffs omg man dude bro again i said for the love of god stop stopp sms text texts msg msgs message messages email emails me bitte sofort danke hallo svp merci stp por favor gracias ya per favore grazie "
    "obrigado obrigada aub alstublieft prosze tack takk tak tak lutfen and to from us with forever and means no more ever last time the seriously".split()
)
# What makes "stop" another word: stop by, stop the shipment, the plan stops.
_STOP_ELSE = re.compile(
    r"stop (?:by|in\b|over|at|off|the|our|working|work|losing|date|sign|when|if|paying|until|for a|on|using|selling|doing|then|before|after|between|taking|making|being|and think|there|here|midway|loss|press|playing|"
    r"production|delivery|short|watch|bath|motion|worrying|beating|him|her|them|me if|me from|us from|every|once|in may|time)"
)
_STOP_BEFORE = re.compile(
    r"(?:bus|plan|it|one|non|full|pit|first|last|next|short|truck|door|f|we|they|to|will|would|does|did|do|can|could|should|not|shall|tram|metro|train|tube|quick|a|the|when|service|subscription|billing|this|that|trial|contract|payments?|shop|shipments?) $"
)
_FIRST_PERSON = re.compile(
    r"(?<!\w)(?:i|i'm|i'd|i'll|i've|im|me|my|myself|us|we|ich|mich|mir|uns|meine?|je|j'|me|moi|m'|nous|mon|yo|mi|nos|io|eu|minha|meu|ik|mij|mijn|ons|mnie|sie|mi|jag|mig|mitt|jeg|meg|min)(?!\w)"
)
_DELETING = re.compile(r"(?:delete|remove|erase|purge|forget|wipe|drop)\b")
_HOW_IT_WORKS = re.compile(
    r"(?:\W*(?:and|also|so|but|hi|hello|hey)\W+)*(?:do|does|did|when|what|how long|how often|if|is|are|which|whether)\b"
)
_SUBJECT_PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|wg|sv|vs|antw|odp|r|rif|rv|res|enc|fw|fwd|tr|ynt|回复|回覆|答复|转发)\s?(?:\[\d+\])?\s?[:：]\s*)+",
    re.IGNORECASE,
)
_NAME = re.compile(declining.NOT_THIS_NAME)
_ABSENT_MACHINE = re.compile(
    r"(?:thank you for your (?:e-?mail|message)|vielen dank fur ihre|merci (?:de|pour) votre|gracias por su)"
)


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
    quiet = (ReplyLabel.ANSWER, ReplyLabel.QUESTION, ReplyLabel.WRONG_PERSON, ReplyLabel.AUTO_REPLY)
    return found.label in quiet and found.confidence < SURE_ENOUGH and bool(found.text.strip())


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
        plain = _letters(self.said.text) or _letters(self.folded.text)
        everything = Find(0, len(self.folded.text))
        if plain and len(plain) <= 60:
            parts = plain.split()
            joined = "".join(parts)
            one = parts[0] if len(set(parts)) == 1 else joined
            if one in _KEYWORDS or (self.channel == "sms" and one in _SMS_KEYWORDS):
                return self.found(ReplyLabel.OPT_OUT, CERTAIN, f"The whole message is “{plain}”", [everything])
            if one in _SMS_KEYWORDS and len(one) > 1:
                return self.found(
                    ReplyLabel.OPT_OUT, UNSURE, f"The whole message is “{plain}”, which may mean stop", [everything]
                )
            if _STOP_WORD.search(plain) and all(part in _SMALL_WORDS or _STOP_WORD.fullmatch(part) for part in parts):
                asked = "?" in self.said.text
                return self.found(
                    ReplyLabel.OPT_OUT,
                    UNSURE if asked else CLEAR,
                    "The message says stop and nothing else",
                    [everything],
                )
            if (
                self.channel == "sms"
                and any(part in _SMS_KEYWORDS and len(part) > 2 for part in parts)
                and all(part in _SMALL_WORDS or part in _SMS_KEYWORDS for part in parts)
            ):
                return self.found(
                    ReplyLabel.OPT_OUT, LIKELY, "The message is a command to stop and nothing else", [everything]
                )
            if _MISTYPED_STOP.match(self.said.text):
                return self.found(ReplyLabel.OPT_OUT, UNSURE, f"“{plain}” looks like stop, mistyped", [everything])
        elif not plain and re.search("[🛑🚫⛔✋🖕]", self.theirs.text):
            return self.found(ReplyLabel.OPT_OUT, UNSURE, "The sign they sent may mean stop")
        subject = _letters(_SUBJECT_PREFIX.sub("", self.subject))
        if subject.replace(" ", "") in _KEYWORDS or subject in {
            "please unsubscribe",
            "unsubscribe me",
            "please remove me",
            "remove me",
            "please stop",
        }:
            confidence = CLEAR if len(self.said.text.strip()) < 200 else UNSURE
            return self.found(ReplyLabel.OPT_OUT, confidence, f"The subject is “{subject}”")
        return None

    def _opt_out(self) -> Sorted | None:
        places = self._stops(self.folded)
        confidence = CLEAR
        because = "They ask us to stop"
        if not places and (right := corrected(self.folded)) is not None:
            places = self._stops(right)
            if places:
                spans = [right.span(*place) for place in places]
                return self._held_if_machine(LIKELY, "They ask us to stop, mistyped", spans)
        if not places and not self.answers_us and self.subject:
            subject = fold(self.subject)
            if self._stops(subject):
                return self._held_if_machine(LIKELY, "The subject asks us to stop", [])
        if not places:
            places = self._stop_in_short()
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

    def _stops(self, folded: Folded) -> list[Find]:
        """Where the text says stop, less where it says the contrary, is about somebody else, or is small print."""
        small_print = [*finds([stopping_english.SMALL_PRINT], folded)]
        contrary = [*finds([stopping_english.NOT_MEANT, stopping_elsewhere.NOT_MEANT], folded)]
        others = [*finds([stopping_english.OTHERS, stopping_elsewhere.OTHERS], folded)]
        clear = [
            place
            for place in finds(
                [stopping_english.CLEAR, stopping_elsewhere.CLEAR, stopping_elsewhere.CLEAR_ANYWHERE], folded
            )
            if not _touches(place, small_print)
            and not _inside(place, contrary)
            and not _same_word(place, others)
            and not self._asks_how_it_works(folded, place)
        ]
        where = sentences(folded)
        for place in finds([stopping_english.BARE, stopping_elsewhere.BARE], folded):
            if _touches(place, small_print) or _inside(place, contrary) or _touches(place, others):
                continue
            start, end = next(((a, b) for a, b in where if a <= place.start < b), (0, len(folded.text)))
            sentence = folded.text[start:end]
            asks = "?" in sentence or "？" in sentence
            theirs = _FIRST_PERSON.search(sentence) or re.search(
                r"(?:how|where) (?:do|can|to)|please|pls|plz|bitte|svp|por favor|per favore", sentence
            )
            if not asks or theirs or len(sentence.split()) <= 3:
                clear.append(place)
        return clear

    @staticmethod
    def _asks_how_it_works(folded: Folded, place: Find) -> bool:
        """ "Do you delete our data when the contract ends?" asks for nothing to be deleted."""
        if not _DELETING.match(folded.text, place.start):
            return False
        start, end = next(((a, b) for a, b in sentences(folded) if a <= place.start < b), (0, len(folded.text)))
        sentence = folded.text[start:end]
        return asking.MARK.search(sentence) is not None and _HOW_IT_WORKS.match(sentence.lstrip()) is not None

    def _stop_in_short(self) -> list[Find]:
        """ "STOP" shouted in a text in small letters, or the word in a very short message."""
        found: list[Find] = []
        few = len(self.said.text.split()) <= 6
        contrary = [
            *finds(
                [stopping_english.NOT_MEANT, stopping_elsewhere.NOT_MEANT, stopping_english.SMALL_PRINT], self.folded
            )
        ]
        for match in _STOP_WORD.finditer(self.folded.text):
            start, end = self.folded.span(match.start(), match.end())
            shouted = self.theirs.text[start:end].isupper() and not self.theirs.text.isupper()
            begins = not self.folded.text[: match.start()].strip() or self.folded.text[
                : match.start()
            ].rstrip().endswith((".", "!", ",", ":", "\n"))
            other = _STOP_ELSE.match(self.folded.text, match.start()) or (
                not shouted and _STOP_BEFORE.search(self.folded.text[max(0, match.start() - 20) : match.start()])
            )
            asked = "?" in self._sentence_at(match.start())
            ends = re.match(r"\s*(?:[.!,;]|$|\n)", self.folded.text[match.end() :]) is not None
            if other or _inside(Find(*match.span()), contrary) or (asked and not shouted):
                continue
            if shouted or (few and (begins or ends)) or (begins and ends):
                found.append(Find(*match.span()))
        return found

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
                r"no longer|left|not more|nicht mehr|plus|ya no|nao|niet meer|nie pracuj|retired|verlassen|ausgeschieden|quitt|退職|离职|wrong|longer|laeng|lang",
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
            if not _touches(place, contrary) and not self._is_asked(place.start)
        ]
        if not places:
            return None
        if self._places([asking.WHOSE_ADDRESS], self.said):
            return self.found(
                ReplyLabel.OPT_OUT, UNSURE, "They say no, and ask where we have their address from", places
            )
        asked = [place for place in self._asked() if not _touches(place, places)]
        if asked:
            return self.found(ReplyLabel.QUESTION, UNSURE, "They say no, and ask something all the same", asked)
        later = [place for place in finds([declining.LATER], self.said)]
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
        name = _NAME.search(self.theirs.said)
        if name:
            return self._made(ReplyLabel.WRONG_PERSON, LIKELY, "They say that they are somebody else", [name.span()])
        return None

    def _may_mean_it(self) -> Sorted | None:
        contrary = [
            *finds([stopping_english.NOT_MEANT, stopping_elsewhere.NOT_MEANT, stopping_english.SMALL_PRINT], self.said)
        ]
        others = [*finds([stopping_english.OTHERS, stopping_elsewhere.OTHERS], self.said)]
        places = [
            place
            for place in finds([stopping_english.MAYBE, stopping_elsewhere.MAYBE], self.said)
            if not _inside(place, contrary)
        ]
        told = [place for place in places if not self._is_asked(place.start) and not _touches(place, others)]
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
            if asking.MARK.search(sentence) or asking.BEGINS.match(sentence.lstrip()) or asking.ASKS.search(sentence):
                # A courtesy is no question.
                if not re.search(
                    r"^\W*(?:how are you|how do you do|hope you|how's it going|alles gut|wie geht|ca va)\b.{0,20}$",
                    sentence.strip(),
                ):
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


def _letters(text: str) -> str:
    return (
        " ".join(_NOT_A_WORD.sub(" ", text[:200].replace("opt-out", "optout").replace("opt out", "optout")).split())
        if len(text) <= 200
        else ""
    )


def _touches(place: Find, others: Iterable[Find]) -> bool:
    return any(place.start < other.end and other.start < place.end for other in others)


def _inside(place: Find, others: Iterable[Find]) -> bool:
    return any(other.start <= place.start < other.end for other in others)


def _same_word(place: Find, others: Iterable[Find]) -> bool:
    """The clear phrase is nothing but the beginning of what is about somebody else."""
    return any(other.start <= place.start and place.end <= other.end for other in others)
