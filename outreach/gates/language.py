"""Write to people in their language (mission.md 5.2): what somebody typed is compared with the contact's locale.

Which language a text is in is guessed by py3langid, among the languages below only, and the guess counts only when it
is sure and there is enough to guess from. The approved wording is not guessed at: it says itself what it is in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from django.conf.locale import LANG_INFO

from outreach.gates.facts import BODY, Finding, MessageFacts, Span
from outreach.gates.phrases import quotations
from outreach.rendering import UNSUBSCRIBE_TOKEN, core_span
from outreach.states import Severity

ID = "language"

LANGUAGES: Mapping[str, str] = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "nl": "Dutch", "it": "Italian",
    "pt": "Portuguese", "sv": "Swedish", "da": "Danish", "pl": "Polish",
}  # fmt: skip
FEWEST_WORDS = 6
SURE_FROM = 0.9
#: Norwegian, Danish and Swedish look alike in a few words, so a guess of one for another says nothing.
_ALIKE = (frozenset({"da", "sv", "nb", "nn", "no"}), frozenset({"es", "pt", "gl", "ca"}))

_WORD = re.compile(r"[^\W\d_]+")
_LINK = re.compile(r"\S*(?:://|@)\S*")


def check(facts: MessageFacts) -> list[Finding]:
    """Ask for review of a typed text in another language than theirs; note approved wording in another one."""
    theirs = primary(facts.locale)
    if not theirs:
        return []
    start, end = core_span(facts.body)
    if start >= end:
        return []
    span = Span(BODY, start, end)
    if facts.approved_text and facts.body in facts.approved_text:
        declared = primary(facts.language)
        if not declared or _fit(declared, theirs):
            return []
        message = f"The wording is in {_name(declared)}; they read {_name(theirs)}. There is no approved one in theirs."
        return [Finding(ID, Severity.NOTE, message, (span,))]
    if theirs not in LANGUAGES:
        return []
    guessed = guess(_own_words(facts, start, end))
    if not guessed or _fit(guessed, theirs):
        return []
    message = (
        f"This reads as {_name(guessed)}; they read {_name(theirs)}. Write it in theirs, or check that this is right."
    )
    return [Finding(ID, Severity.REVIEW, message, (span,))]


def primary(tag: str) -> str:
    """The language of a tag: de for de-AT and de_DE.UTF-8; empty for none."""
    return re.split(r"[-_.@]", tag.strip().lower(), maxsplit=1)[0]


def guess(text: str) -> str:
    """The language a text is surely in; empty when it is too short or not sure."""
    words = _WORD.findall(text)
    if len(words) < FEWEST_WORDS:
        return ""
    return _guess(" ".join(words))


@lru_cache(maxsize=256)
def _guess(text: str) -> str:
    language, sure = _identifier().classify(text)
    return str(language) if sure >= SURE_FROM else ""


@lru_cache(maxsize=1)
def _identifier():  # type: ignore[no-untyped-def] # the package has no types
    # Loaded when the first text is guessed, since that takes a second and memory that most processes never need.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier


def _own_words(facts: MessageFacts, start: int, end: int) -> str:
    """The text without greeting and footer, links, and what is quoted from the evidence in their words."""
    pieces: list[str] = []
    position = start
    for first, last in quotations(facts.body, facts.evidence_texts):
        if first >= position and last <= end:
            pieces.append(facts.body[position:first])
            position = last
    pieces.append(facts.body[position:end])
    return _LINK.sub(" ", " ".join(pieces).replace(UNSUBSCRIBE_TOKEN, " "))


def _fit(one: str, other: str) -> bool:
    return one == other or any(one in alike and other in alike for alike in _ALIKE)


def _name(language: str) -> str:
    """As people call it; a language that nobody here knows goes by its tag."""
    known: str = LANGUAGES.get(language) or LANG_INFO.get(language, {}).get("name", "")
    return known or language[:20]
