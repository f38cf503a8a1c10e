"""From a template and the evidence to the words a person will read. Pure: no database, clock or network.

A placeholder is written ``{first_name}``. ``{first_name|there}`` gives the word to use when there is no value, and
``{first_name|}`` leaves it out together with the space before it, so ``Hello {first_name|},`` becomes ``Hello,``.
A placeholder without value and without fallback stays visible: the gate ``unfilled`` then blocks the message.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

# Becomes the contact's personal link at the moment of sending, never earlier: the text under review holds no secret.
UNSUBSCRIBE_TOKEN = "[[unsubscribe]]"  # noqa: S105 - a mark in the text, not a credential

_PLACEHOLDER = re.compile(r"(?P<space> ?)\{(?P<name>[a-z][a-z0-9_]*)(?:\|(?P<fallback>[^{}|\n]*))?\}")
_MARKUP = re.compile(r"</?[A-Za-z!][^<>]{0,300}>")
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_INVISIBLE = dict.fromkeys(
    [0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
# Braces and double brackets from outside must never be read as ours; double quotes would end a quotation too early.
_HARMLESS = str.maketrans({"{": "(", "}": ")", '"': "'", "“": "'", "”": "'", "„": "'"})
# One typographic mark turns a whole text message into 70-character segments; plain marks keep it at 160.
_PLAIN_MARKS = str.maketrans({"‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\u00a0": " ", "«": "'", "»": "'"})


@dataclass(frozen=True)
class ValueLimit:
    """The longest piece of evidence a message takes over: characters, words, and the mark that shows a cut."""

    characters: int
    words: int
    cut_mark: str


EMAIL_VALUES = ValueLimit(characters=160, words=24, cut_mark="…")
SMS_VALUES = ValueLimit(characters=80, words=14, cut_mark="...")
SUBJECT_VALUES = ValueLimit(characters=48, words=8, cut_mark="…")
# A shortened link leads nowhere, so links are never cut; one longer than this counts as missing.
LINK_LIMIT = 300


@dataclass(frozen=True)
class Rendered:
    subject: str
    body: str


def render(subject: str, body: str, values: Mapping[str, str], *, channel: str = "email") -> Rendered:
    """Fill the placeholders of ``subject`` and ``body``.

    Values come from outside and are cleaned: control characters, markup and braces go, long ones are cut at a word
    (``EMAIL_VALUES``, ``SMS_VALUES``). Text put in is never expanded again. The subject is always one line.
    """
    limit = SMS_VALUES if channel == "sms" else EMAIL_VALUES
    filled_subject = _fill(subject, values, SUBJECT_VALUES, plain=channel == "sms")
    filled_body = _fill(body, values, limit, plain=channel == "sms")
    return Rendered(subject=one_line(filled_subject), body=tidy(filled_body))


def placeholders(text: str) -> frozenset[str]:
    """The names of all placeholders in a template text."""
    return frozenset(match["name"] for match in _PLACEHOLDER.finditer(text))


def required_placeholders(text: str) -> frozenset[str]:
    """The names without a fallback: the message cannot leave unless each has a value."""
    return frozenset(match["name"] for match in _PLACEHOLDER.finditer(text) if match["fallback"] is None)


def _fill(template: str, values: Mapping[str, str], limit: ValueLimit, *, plain: bool) -> str:
    pieces: list[str] = []
    position = 0
    for match in _PLACEHOLDER.finditer(template):
        pieces.append(template[position : match.start()])
        position = match.end()
        value = clean(values.get(match["name"], ""), limit, plain=plain)
        if not value and match["fallback"] is None:
            pieces.append(match[0])
            continue
        text = value or match["fallback"].strip()
        if not text:
            continue
        pieces.append(match["space"] + text)
        # "… the notice." followed by the template's own full stop would read "..".
        if text[-1] in ".?!…" and template[position : position + 1] == ".":
            position += 1
    pieces.append(template[position:])
    return "".join(pieces)


def clean(value: str, limit: ValueLimit = EMAIL_VALUES, *, plain: bool = False) -> str:
    """One line of harmless text out of any value, cut at a word; a link is kept whole or dropped."""
    line = one_line(_MARKUP.sub(" ", value)).translate(_HARMLESS)
    while "[[" in line or "]]" in line:
        line = line.replace("[[", "[").replace("]]", "]")
    if plain:
        line = line.translate(_PLAIN_MARKS)
    if _LINK.fullmatch(line):
        return line if len(line) <= LINK_LIMIT else ""
    words = line.split(" ")
    if len(line) <= limit.characters and len(words) <= limit.words:
        return line
    room = limit.characters - len(limit.cut_mark)
    short = " ".join(words[: limit.words])
    if len(short) > room:
        at_word, _, _ = short[: room + 1].rpartition(" ")
        short = at_word or short[:room]
    return short.rstrip(" ,;:.-–—") + limit.cut_mark


def one_line(text: str) -> str:
    """The text on one line, without control characters: fit for a header (no line break can start a new one)."""
    if text.isprintable():
        # Nothing to replace, as in nearly every text, and a hundred times quicker to find out.
        return " ".join(text.split())
    spaced = "".join(" " if unicodedata.category(char) in {"Cc", "Zl", "Zp", "Zs"} else char for char in text)
    spaced = spaced.translate(_INVISIBLE)
    return " ".join(spaced.encode("utf-8", "ignore").decode("utf-8").split())


def tidy(text: str) -> str:
    """Line ends as ``\\n``, no control characters, no blanks at line ends, at most one empty line in a row."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.replace("\n", "").isprintable():
        text = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"})
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def fingerprint(channel: str, address: str, subject: str, body: str) -> str:
    """SHA-256 of exactly what would be sent and where; approvals and findings belong to one fingerprint.

    Line ends do not count, because a browser sends a text area back with other ones than it was given.
    """
    parts = [channel, address, subject, body.replace("\r\n", "\n").replace("\r", "\n")]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode("ascii")).hexdigest()


# --- names ------------------------------------------------------------------------------------------------------------


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLES = _words(
    """
    mr mrs ms miss mx dr prof professor sir dame rev herr frau hr fr dipl ing mag m mme mlle monsieur madame sr
    sra srta don doña dhr mevr mw drs ir lic
    """
)
_NO_NAME = _words(
    """
    info information contact contacts kontakt sales office buero büro admin administrator team support service
    hello billing accounts accounting invoice invoices mail email noreply no-reply test unknown none null nan n/a
    na undefined customer client guest owner manager reception marketing hr it the company user new lead deleted
    anonymous friend webmaster postmaster enquiries inquiries booking bookings help helpdesk
    """
)
_COMPANY = _words(
    """
    gmbh ag kg ltd limited inc llc llp plc corp corporation sarl sas sa srl spa bv nv co kft oy ab
    """
)


def first_name(full_name: str) -> str:
    """The name to greet somebody with, or ``""`` when the field holds none (``INFO``, ``J. Smith``, a company)."""
    name = one_line(_MARKUP.sub(" ", full_name))
    family, comma, given = name.partition(",")
    words = (given if comma and given.strip() else family).split()
    while words and words[0].rstrip(".").casefold() in _TITLES:
        words.pop(0)
    if not words or any(word.strip(".,").casefold() in _COMPANY for word in name.split()[1:]):
        return ""
    word = words[0].strip("\"'“”‘’.,;:()[]<>*_-")
    letters = [char for char in word if char.isalpha()]
    if words[0].endswith(".") or len(letters) < 2 or len(word) > 40 or word.casefold() in _NO_NAME:
        return ""
    if not all(char.isalpha() or unicodedata.combining(char) or char in "-'’" for char in word):
        return ""
    if word.islower() or (word.isupper() and (len(letters) > 2 or set(word.casefold()) & set("aeiouy"))):
        return re.sub(r"[^\W\d_]+", lambda part: part[0][:1].upper() + part[0][1:].lower(), word)
    return word


# --- the frame around a message -------------------------------------------------------------------------------------

_GREETING_LINE = re.compile(r"\s*(?:[^\s,:]+[^\S\n]+){0,4}[^\s,:]+[^\S\n]*[,:][^\S\n]*(?:\n|$)")
_GREETING_INLINE = re.compile(
    r"\s*(?:hello|hi|hey|dear|good (?:morning|afternoon|evening)|hallo|guten tag|bonjour|hola|dag|beste|liebe[r]?)"
    r"(?: [^\s,]+){0,3},\s+(?:[^.!?\n]{1,60} here\.\s+)?",  # and in a text message who writes
    re.IGNORECASE,
)
_STOP_SENTENCE = re.compile(
    r"(?:(?<=[.!?\n…])|^)[^\S\n]*[^.!?\n]{0,60}\bSTOP\b[^.!?\n]{0,60}[.!]?\s*$",
)
_SENTENCE_ENDS = (".", "?", "!", "…", ":", ";")
_LONGEST_OPT_OUT_LINE = 200


def core_span(body: str) -> tuple[int, int]:
    """Where the message itself stands in ``body``: without greeting, sign-off and opt-out line."""
    start, end = 0, text_end(body)
    greeting = _GREETING_LINE.match(body, 0, end) or _GREETING_INLINE.match(body, 0, end)
    # A greeting that would leave nothing is the message.
    if greeting and body[greeting.end() : end].strip():
        start = greeting.end()
    while start < end and body[start].isspace():
        start += 1
    return start, end


def text_end(body: str) -> int:
    """Where the text ends and the footer begins: the sign-off (a short last paragraph) and the opt-out line."""
    end = len(body.rstrip())
    last_line = body.rfind("\n", 0, end) + 1
    if UNSUBSCRIBE_TOKEN in body[last_line:end] and end - last_line <= _LONGEST_OPT_OUT_LINE:
        end = last_line
    elif stop := _STOP_SENTENCE.search(body, max(0, end - _LONGEST_OPT_OUT_LINE), end):
        end = stop.start()
    end = len(body[:end].rstrip())
    paragraph = body.rfind("\n\n", 0, end)
    if paragraph > 0 and _is_sign_off(body[paragraph:end].strip()) and body[:paragraph].strip():
        end = len(body[:paragraph].rstrip())
    return end


def _is_sign_off(paragraph: str) -> bool:
    """A name, perhaps with a closing line and a company: short lines that are no sentences and no links."""
    lines = paragraph.split("\n")
    return len(lines) <= 3 and all(
        len(line.split()) <= 5 and not line.rstrip().endswith(_SENTENCE_ENDS) and "://" not in line for line in lines
    )


_WORD = re.compile(r"[^\W_][^\s]*")


def plain_words(text: str) -> int:
    """Words of a message as the step's limit counts them: greeting and text, not the footer; a link is one word."""
    return len(_WORD.findall(text[: text_end(text)]))


_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("^{}\\[~]|€\f")
_PLAIN_SMS = _GSM | _GSM_EXTENDED


def is_plain_sms(text: str) -> bool:
    """Whether all characters belong to the set that text messages are made for (GSM 03.38, with its extension)."""
    return _PLAIN_SMS.issuperset(text)


def sms_segments(text: str) -> int:
    """How many segments a text message takes (GSM 03.38: 160 or 153 septets; anything else 70 or 67 UTF-16 units)."""
    if is_plain_sms(text):
        units, single, joined = sum(2 if char in _GSM_EXTENDED else 1 for char in text), 160, 153
    else:
        units, single, joined = sum(2 if ord(char) > 0xFFFF else 1 for char in text), 70, 67
    if units == 0:
        return 0
    return 1 if units <= single else -(-units // joined)
