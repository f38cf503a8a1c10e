"""Hearing that somebody says stop: a command, a sentence, or the bare word in a few."""

from __future__ import annotations

import re

from outreach.rules.replies import asking, stopping_elsewhere, stopping_english, stopping_in_other_scripts
from outreach.rules.replies.folding import Folded
from outreach.rules.replies.patterns import Find, finds, inside, sentences, touches

#: How sure a label is. A certain opt-out is a word that cannot mean anything else: nobody has to confirm it.
CERTAIN = 1.0
CLEAR = 0.95
LIKELY = 0.8
UNSURE = 0.6

# 47 CFR 64.1200(a)(10) names stop, quit, end, revoke, opt out, cancel and unsubscribe; the rest are what operators of
# other countries take for the same.
_KEYWORDS = frozenset(
    """
    stop stopall stopp stoppen unsubscribe unsub optout revoke remove arret alto baja detener desuscribir
    afmelden afmeld abmelden abbestellen avregistrera avmeld desinscrire desabonner stopsms stopit wypisz
    leiratkozas odhlasit dezabonare стоп отписка отписаться відписатися 退订 退訂 停止 配信停止 解除 수신거부
    取消订阅 取消訂閱 توقف
    """.split()  # noqa: SIM905  words are read more easily than a list of them
)
#: Certain only in a text message, where they are commands; in a mail they may mean something else.
_SMS_KEYWORDS = frozenset(
    """
    cancel end quit td t 拒收 ret dur fin sair parar pare halt no-more delete cancelar iptal
    """.split()  # noqa: SIM905  words are read more easily than a list of them
)
_NOT_A_WORD = re.compile(r"[^\w]+|_+")
_STOP_WORD = re.compile(r"(?<![\w-])s+t+o+p+p?(?:all)?(?![\w-])")
_MISTYPED_STOP = re.compile(
    r"^\W*(?:stpo|sotp|tsop|sto|stob|stiop|stoop|atop|dtop|st0p|s t o p|s\.t\.o\.p|spot|stahp|stp|ztop)\W*$"
)
_SIGNS = re.compile("[🛑🚫⛔✋🖕]")
_SMALL_WORDS = frozenset(
    """
    please pls plz plse kindly now just ok okay yes hi hello hey dear sir madam guys thanks thank you thx ty
    cheers it this that all everything immediately already at once asap right today ffs omg man dude bro
    again i said for the love of god stop stopp sms text texts msg msgs message messages email emails me
    bitte sofort danke hallo svp merci stp por favor gracias ya per favore grazie obrigado obrigada aub
    alstublieft prosze tack takk tak lutfen and to from us with forever means no more ever last time
    seriously
    """.split()  # noqa: SIM905  words are read more easily than a list of them
)
# What makes "stop" another word: stop by, stop the shipment, the plan stops.
_STOP_ELSE = re.compile(
    r"stop (?:by|in\b|over|at|off|the|our|working|work|losing|date|sign|when|if|paying|until|for a|on|using"
    r"|selling|doing|then|before|after|between|taking|making|being|and think|there|here|midway|loss|press"
    r"|playing|production|delivery|short|watch|bath|motion|worrying|beating|him|her|them|me if|me from|us from"
    r"|every|once|in may|time)"
)
_STOP_BEFORE = re.compile(
    r"(?:bus|plan|it|one|non|full|pit|first|last|next|short|truck|door|f|we|they|to|will|would|does|did|do|can"
    r"|could|should|not|shall|tram|metro|train|tube|quick|a|the|when|service|subscription|billing|this|that"
    r"|trial|contract|payments?|shop|shipments?) $"
)
_FIRST_PERSON = re.compile(
    r"(?<!\w)(?:i|i'm|i'd|i'll|i've|im|me|my|myself|us|we|ich|mich|mir|uns|meine?|je|j'|me|moi|m'|nous|mon|yo|mi"
    r"|nos|io|eu|minha|meu|ik|mij|mijn|ons|mnie|sie|mi|jag|mig|mitt|jeg|meg|min)(?!\w)"
)
_DELETING = re.compile(r"(?:delete|remove|erase|purge|forget|wipe|drop)\b")
_HOW_IT_WORKS = re.compile(
    r"(?:\W*(?:and|also|so|but|hi|hello|hey)\W+)*(?:do|does|did|when|what|how long|how often|if|is|are|which|whether)\b"
)
_ASKED_OF_US = re.compile(r"(?:how|where) (?:do|can|to)|please|pls|plz|bitte|svp|por favor|per favore")
_SUBJECTS = ("please unsubscribe", "unsubscribe me", "please remove me", "remove me", "please stop")

#: How sure, and why in words.
Heard = tuple[float, str]


def command(text: str, channel: str) -> Heard | None:
    """The whole message is a command to stop: one word, or that word with courtesies around it."""
    plain = _letters(text)
    if not plain:
        return (UNSURE, "The sign they sent may mean stop") if _SIGNS.search(text) else None
    parts = plain.split()
    one = parts[0] if len(set(parts)) == 1 else "".join(parts)
    if one in _KEYWORDS or (channel == "sms" and one in _SMS_KEYWORDS):
        return CERTAIN, f"The whole message is “{plain}”"
    if one in _SMS_KEYWORDS and len(one) > 1:
        return UNSURE, f"The whole message is “{plain}”, which may mean stop"
    if _STOP_WORD.search(plain) and all(part in _SMALL_WORDS or _STOP_WORD.fullmatch(part) for part in parts):
        return UNSURE if "?" in text else CLEAR, "The message says stop and nothing else"
    commands = [part for part in parts if part in _SMS_KEYWORDS and len(part) > 2]
    if channel == "sms" and commands and all(part in _SMALL_WORDS or part in _SMS_KEYWORDS for part in parts):
        return LIKELY, "The message is a command to stop and nothing else"
    if _MISTYPED_STOP.match(text):
        return UNSURE, f"“{plain}” looks like stop, mistyped"
    return None


def command_in_subject(subject: str, *, long: bool) -> Heard | None:
    """The subject is such a command. Less sure where a ``long`` text stands below it."""
    plain = _letters(subject)
    if plain.replace(" ", "") in _KEYWORDS or plain in _SUBJECTS:
        return UNSURE if long else CLEAR, f"The subject is “{plain}”"
    return None


def stops(folded: Folded) -> list[Find]:
    """Where the text says stop, less where it says the contrary, is about somebody else, or is small print."""
    small_print = [*finds([stopping_english.SMALL_PRINT], folded)]
    contrary = [*finds([stopping_english.NOT_MEANT, stopping_elsewhere.NOT_MEANT], folded)]
    others = [*finds([stopping_english.OTHERS, stopping_elsewhere.OTHERS], folded)]
    clear = [
        place
        for place in finds([stopping_english.CLEAR, stopping_elsewhere.CLEAR, stopping_in_other_scripts.CLEAR], folded)
        if not touches(place, small_print)
        and not inside(place, contrary)
        and not _same_word(place, others)
        and not _asks_how_it_works(folded, place)
    ]
    where = sentences(folded)
    for place in finds([stopping_english.BARE, stopping_elsewhere.BARE], folded):
        if touches(place, small_print) or inside(place, contrary) or touches(place, others):
            continue
        start, end = next(((a, b) for a, b in where if a <= place.start < b), (0, len(folded.text)))
        sentence = folded.text[start:end]
        asks = "?" in sentence or "？" in sentence
        theirs = _FIRST_PERSON.search(sentence) or _ASKED_OF_US.search(sentence)
        if not asks or theirs or len(sentence.split()) <= 3:
            clear.append(place)
    return clear


def _asks_how_it_works(folded: Folded, place: Find) -> bool:
    """“Do you delete our data when the contract ends?” asks for nothing to be deleted."""
    if not _DELETING.match(folded.text, place.start):
        return False
    sentence = _sentence_at(folded, place.start)
    return asking.MARK.search(sentence) is not None and _HOW_IT_WORKS.match(sentence.lstrip()) is not None


def stop_in_short(original: str, folded: Folded) -> list[Find]:
    """“STOP” shouted in a text in small letters, or the word in a very short message."""
    found: list[Find] = []
    few = len(folded.text.split()) <= 6
    contrary = [
        *finds([stopping_english.NOT_MEANT, stopping_elsewhere.NOT_MEANT, stopping_english.SMALL_PRINT], folded)
    ]
    for match in _STOP_WORD.finditer(folded.text):
        start, end = folded.span(match.start(), match.end())
        shouted = original[start:end].isupper() and not original.isupper()
        begins = not folded.text[: match.start()].strip() or folded.text[: match.start()].rstrip().endswith(
            (".", "!", ",", ":", "\n")
        )
        other = _STOP_ELSE.match(folded.text, match.start()) or (
            not shouted and _STOP_BEFORE.search(folded.text[max(0, match.start() - 20) : match.start()])
        )
        asked = "?" in _sentence_at(folded, match.start())
        ends = re.match(r"\s*(?:[.!,;]|$|\n)", folded.text[match.end() :]) is not None
        if other or inside(Find(*match.span()), contrary) or (asked and not shouted):
            continue
        if shouted or (few and (begins or ends)) or (begins and ends):
            found.append(Find(*match.span()))
    return found


def _sentence_at(folded: Folded, place: int) -> str:
    return next((folded.text[a:b] for a, b in sentences(folded) if a <= place < b), folded.text)


def _letters(text: str) -> str:
    """The words of a short text, at most 60 letters; empty for a longer one."""
    if len(text) > 200:
        return ""
    plain = " ".join(_NOT_A_WORD.sub(" ", text.replace("opt-out", "optout").replace("opt out", "optout")).split())
    return plain if len(plain) <= 60 else ""


def _same_word(place: Find, others: list[Find]) -> bool:
    """The clear phrase is nothing but the beginning of what is about somebody else."""
    return any(other.start <= place.start and place.end <= other.end for other in others)
