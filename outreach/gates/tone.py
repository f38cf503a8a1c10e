"""A quiet voice: no shouting, no rows of exclamation marks or pictures (mission.md 5.2)."""

import re
from collections.abc import Callable

from outreach.gates.facts import Finding, MessageFacts, Span, quoted_words
from outreach.gates.phrasebook import own_findings
from outreach.gates.phrases import fold, outside, quotations
from outreach.states import Severity

ID = "tone"

SHORTEST_SHOUT = 4  # letters; shorter words in capitals are nearly always abbreviations
MOST_PICTURES = 2

# In capitals and yet not shouted. STOP is what text messages ask people to answer.
_IN_CAPITALS = """
    STOP HTML JSON HTTP HTTPS IMAP SMTP GDPR DSGVO RGPD HIPAA NATO NASA UNESCO UNICEF ASAP FAQS SAAS PAAS IAAS CRMS KPIS
    APIS PDFS URLS SLAS CEOS ROAS EMEA APAC LATAM DACH GMBH SARL GAAP IFRS ISDN WLAN VOIP HVAC RSVP AKA FYI SWOT MIMO
    OKRS AWS XLSX DOCX PPTX JPEG MPEG HDMI USB3 WIFI IBAN SEPA SWIFT COVID UTC GMT CEST NYSE NASDAQ ISBN VLAN LASER
"""
_ABBREVIATIONS = frozenset(_IN_CAPITALS.split())
# Where no four of them stand together, nothing is shouted.
_CAPITALS = re.compile(r"[^\W\d_a-z]{4}|[^\W\d_a-z]['’-][^\W\d_a-z]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_MARKS = re.compile(r"[!?！？‼⁉⁈⁇¡¿]+")
_PICTURE = (
    "\U0001f1e6-\U0001f1ff\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f900-\U0001f9ff\U0001fa70-\U0001faff"
    "\u2600-\u27bf\u2b50\u2b55\u231a\u231b\u23e9-\u23f3\u2934\u2935"
)
_PICTURES = re.compile(f"[{_PICTURE}](?:[\\s\u200d\ufe0f\U0001f3fb-\U0001f3ff]*[{_PICTURE}])*")
_ONE_PICTURE = re.compile(f"[{_PICTURE}]")

Place = tuple[int, int]


def check(facts: MessageFacts) -> list[Finding]:
    """Ask for review of shouting, of more than one exclamation mark and of rows of pictures; note a single mark.

    What the approved wording says as a whole is only noted: somebody has approved how it sounds. Words quoted from the
    evidence do not count.
    """
    findings: list[Finding] = []
    touched = {field for field, _ in facts.touched_fields()}
    shouted = _spans(facts, lambda text: _shouting(text, facts))
    if shouted:
        severity = Severity.REVIEW if len(shouted) > 1 else Severity.NOTE
        message = f"{quoted_words(facts, shouted)} in capitals reads as shouting. Write it in small letters."
        findings.append(Finding(ID, _milder(severity, shouted, touched), message, shouted))
    marks = _spans(facts, _exclaiming)
    if marks:
        texts = dict(facts.fields())
        number = sum(_loud(texts[span.field][span.start : span.end]) for span in marks)
        message = (
            f"{quoted_words(facts, marks)}: one exclamation mark is loud enough. A full stop would do."
            if number == 1
            else f"{quoted_words(facts, marks)} sounds excited or impatient. Use full stops and plain question marks."
        )
        severity = Severity.NOTE if number == 1 else Severity.REVIEW
        findings.append(Finding(ID, _milder(severity, marks, touched), message, marks))
    pictures = _spans(facts, _pictures)
    texts = dict(facts.fields())
    number = sum(len(_ONE_PICTURE.findall(texts[span.field][span.start : span.end])) for span in pictures)
    if number > MOST_PICTURES or any(_pile(texts[span.field][span.start : span.end]) for span in pictures):
        message = f"{quoted_words(facts, pictures)}: so many pictures distract. Leave one, or none."
        findings.append(Finding(ID, _milder(Severity.REVIEW, pictures, touched), message, pictures))
    return [*findings, *own_findings(ID, facts)]


def _spans(facts: MessageFacts, places_in: Callable[[str], list[Place]]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for field, text in facts.fields():
        places = places_in(text)
        if places:
            places = outside(places, quotations(text, facts.evidence_texts))
        spans += [Span(field, start, end) for start, end in places]
    return tuple(spans)


def _milder(severity: Severity, spans: tuple[Span, ...], touched: set[str]) -> Severity:
    return severity if any(span.field in touched for span in spans) else Severity.NOTE


def _shouting(text: str, facts: MessageFacts) -> list[Place]:
    """Words in capitals that are neither abbreviations nor names of theirs, ours or the approved text."""
    if not _CAPITALS.search(text):
        return []
    known = f"{facts.sender_name} {facts.recipient_first_name} {facts.approved_text} {' '.join(facts.evidence_texts)}"
    return [
        match.span()
        for match in _WORD.finditer(text)
        if len(match[0]) >= SHORTEST_SHOUT
        and match[0].isupper()
        and match[0] not in _ABBREVIATIONS
        and not re.search(rf"(?<!\w){re.escape(match[0])}(?!\w)", known)
    ]


def _exclaiming(text: str) -> list[Place]:
    """Marks that exclaim: any with an exclamation mark, and question marks in a row."""
    if "!" not in text and "?" not in text and text.isascii():
        return []
    return [match.span() for match in _MARKS.finditer(text) if _loud(match[0])]


def _loud(marks: str) -> int:
    """How loud a row of marks is: 0 for a plain question, 1 for one exclamation mark."""
    closing = fold(marks.replace("¡", "").replace("¿", "")).text
    if closing == "?" or not closing:
        return 0
    return len(closing)


def _pictures(text: str) -> list[Place]:
    return [] if text.isascii() else [match.span() for match in _PICTURES.finditer(text)]


def _pile(marks: str) -> bool:
    return len(_ONE_PICTURE.findall(marks)) > 1
