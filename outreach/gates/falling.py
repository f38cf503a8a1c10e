"""Each message of a sequence asks for less, in fewer words, than the one before it (followups.md, steps of a cadence)."""

# ruff: noqa: E501 - a phrase stays on one line, so that the tables can be read and searched

import re
from collections.abc import Mapping

from contacts.states import Channel
from outreach.gates.facts import BODY, Finding, MessageFacts, Span, quoted_words
from outreach.gates.length import TOLERANCE
from outreach.gates.phrases import PhraseTable, find, fold, merged, outside, phrases, quotations
from outreach.rendering import core_span, plain_words, text_end
from outreach.states import Severity

ID = "falling"

TWICE = 2

_DAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|tonight|noon|(?:the )?end of (?:the |this |next )?(?:day|week|month)|close of business|next week|\d{1,2}\b)"
_DO = r"(?:reply|respond|answer|confirm|sign|call|book|send|return|approve|decide|choose|pick|pay|complete|fill|review|act|get back|let (?:me|us) know)"
_PLEASE = r"(?:please|kindly)"

# What words press with: 2 asks something, 3 tells them what to do or by when, 4 leaves no choice. No step allows 4.
LEVELS: Mapping[int, PhraseTable] = {
    2: phrases(
        ("let", r"let (?:me|us) know"),
        ("could|can|would|will", rf"(?:could|can|would|will) you (?:please |kindly )?{_DO}"),
        ("look", r"look(?:ing)? forward to (?:your|hearing)"),
    ),
    3: phrases(
        ("please|kindly", rf"{_PLEASE} {_DO}"),
        (
            "by|before|until|later",
            rf"{_DO} (?:\w+ ){{0,4}}(?:by|before|until|no later than) {_DAY}",
        ),
        (
            "need",
            r"(?:i|we) (?:would |'d )?need (?:your|a|an) (?:answer|reply|decision|response|confirmation|approval|signature|go-ahead|yes)",
        ),
        ("this|today|tomorrow", r"(?:call|talk|meet|speak|decide|sign) (?:\w+ ){0,2}(?:today|tomorrow|this week)"),
        ("soon|earliest", r"(?:as soon as (?:possible|you can)|at your earliest convenience)"),
        ("bitte", r"bitte (?:\w+ ){0,4}(?:antworten|bestätigen|melden|unterschreiben|zurück|entscheiden)"),
        ("merci", r"merci de (?:me |nous )?(?:répondre|confirmer|signer|revenir|rappeler)"),
        ("favor", r"por favor,? (?:\w+ ){0,2}(?:responda|confirme|firme|conteste|llame)"),
        (
            "graag|gelieve",
            r"(?:graag|gelieve) (?:\w+ ){0,4}(?:antwoord|bevestig|te antwoorden|te bevestigen|reactie)\w*",
        ),
    ),
    4: phrases(
        ("need", r"(?:i|we)(?: really|'ll| will)? need you to|you (?:really )?need to"),
        ("must|have|required", rf"you (?:must|have to|have got to|are required to) (?:\w+ )?{_DO}"),
        ("must", r"(?:i|we) must (?:hear|have|insist|ask you)"),
        ("insist|demand|urge|expect", r"(?:i|we) (?:insist|demand|urge you|strongly urge|expect (?:your|an?|you to))"),
        ("asap", r"asap"),
        (
            "immediate",
            r"immediate(?:ly)? (?:reply|response|answer|attention|action)|(?:reply|respond|answer|act|call|confirm)(?: \w+)? immediately",
        ),
        ("right", rf"{_DO} (?:\w+ )?right (?:away|now)"),
        ("final|last", r"(?:final|last) (?:notice|reminder|call|warning|deadline)"),
        ("otherwise|else", r"(?:otherwise|or else),? (?:i|we)(?:'ll| will| must| have to)"),
        ("deadline", r"(?:strict|hard|final) deadline"),
        ("müssen", r"sie müssen (?:\w+ ){0,4}(?:antworten|entscheiden|bestätigen|unterschreiben)"),
        ("umgehend", r"umgehende?[nrs]? (?:antwort|rückmeldung|bestätigung|antworten|melden|zurück)"),
    ),
}
STRONGEST = max(LEVELS)

_QUESTION = re.compile(r"\?+")
_QUOTED = re.compile(r'"[^"\n]*"')
_LEVEL_WORDS = {1: "keeps the door open and asks for nothing", 2: "may ask one thing", 3: "may ask directly"}


def check(facts: MessageFacts) -> list[Finding]:
    """Judge words and pressure against the message before, and the text's own pressure against the step's level."""
    return [*_words(facts), *_declared(facts), *_own_pressure(facts)]


def _words(facts: MessageFacts) -> list[Finding]:
    """What somebody typed may be as long as the message before, or as the step's own approved wording.

    That wording by itself is noted, since its length was approved together with the step's limit; at more than twice
    the words of the message before, a person looks.
    """
    if facts.words_before is None:
        return []
    words, before = plain_words(facts.body), facts.words_before
    if facts.body in facts.approved_text:
        severity = Severity.REVIEW if words > before * TWICE else Severity.NOTE
    else:
        before = max(before, _approved_words(facts))
        severity = Severity.BLOCK if words > before * TOLERANCE else Severity.REVIEW
    if words <= before:
        return []
    message = (
        f"The message has {words} words; the one before it had {facts.words_before}."
        f" Each one should be shorter. Take out {words - before}."
    )
    return [Finding(ID, severity, message, (Span(BODY, 0, text_end(facts.body)),))]


def _approved_words(facts: MessageFacts) -> int:
    """Words of the approved wording; in an e-mail its first line is the subject."""
    text = facts.approved_text
    return plain_words(text.partition("\n")[2] if facts.channel == Channel.EMAIL else text)


def _declared(facts: MessageFacts) -> list[Finding]:
    if facts.pressure_before is None or facts.pressure <= facts.pressure_before:
        return []
    message = (
        f"This step presses more (level {facts.pressure}) than the message before it (level {facts.pressure_before})."
        " Change the cadence, or use a quieter step."
    )
    return [Finding(ID, Severity.BLOCK, message)]


def _own_pressure(facts: MessageFacts) -> list[Finding]:
    places = pressing_words(facts, above=facts.pressure)
    if not places:
        return []
    spans = sorted({span for found in places.values() for span in found})
    level = facts.pressure
    allowed = f"this step {_LEVEL_WORDS[level]}" if level in _LEVEL_WORDS else f"this step has level {level}"
    message = (
        f"{quoted_words(facts, spans)} presses more than it should: {allowed}. Say it more quietly, or take it out."
    )
    return [Finding(ID, Severity.REVIEW, message, tuple(spans))]


def pressing_words(facts: MessageFacts, *, above: int = 0) -> dict[int, list[Span]]:
    """The places in the text by how strongly they press, above a level. One question is level 2, two are 3, more are 4.

    Quotations of the evidence, and questions in any quotation marks, are not our asking. A place found at several levels
    counts at the highest.
    """
    found: dict[int, list[Span]] = {}
    taken: dict[str, list[tuple[int, int]]] = {}
    for level in (level for level in sorted(LEVELS, reverse=True) if level > above):
        for field, text in facts.fields():
            places = find(LEVELS[level], text)
            if places:
                places = outside(places, quotations(text, facts.evidence_texts))
            fresh = [
                (start, end)
                for start, end in places
                if not any(start < last and first < end for first, last in taken.get(field, []))
            ]
            taken.setdefault(field, []).extend(fresh)
            found.setdefault(level, []).extend(Span(field, start, end) for start, end in fresh)
    questions = _questions(facts) if "?" in fold(facts.body).text else []
    if min(1 + len(questions), STRONGEST) > above and questions:
        found.setdefault(min(1 + len(questions), STRONGEST), []).extend(questions)
    return {level: spans for level, spans in found.items() if spans}


def _questions(facts: MessageFacts) -> list[Span]:
    """Our questions in the text itself, each with its last words."""
    start, end = core_span(facts.body)
    folded = fold(facts.body)
    quoted = [folded.span(*match.span()) for match in _QUOTED.finditer(folded.text)]
    places = [match.span() for match in _QUESTION.finditer(facts.body, start, end)]
    spans: list[Span] = []
    for mark, after in outside(places, quoted):
        sentence = max(facts.body.rfind(char, start, mark) for char in ".!?\n") + 1
        first = max(sentence, start)
        words = facts.body[first:mark]
        spans.append(Span(BODY, first + len(words) - len(words.lstrip()), after))
    return [Span(BODY, first, last) for first, last in merged((span.start, span.end) for span in spans)]
