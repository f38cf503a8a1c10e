"""What they wrote themselves: without what they quoted, and without the lines that we put under every message.

Our own line names the way to stop. Quoted back to us it must never be taken for a wish to stop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from mailparser_reply.constants import MAIL_LANGUAGES
from mailparser_reply.parser import EmailMessage

#: Longer answers are read up to here; nobody writes so much by hand.
LONGEST = 100_000
# What introduces a quotation stands on one or two lines, near the beginning. A bound for hostile mail.
_HEAD_LINES = 400
_HEAD_LETTERS = 200
#: A line of ours is recognised from this length on, so that "Thank you" stays theirs.
_OWN_LINE = 12

_BLANKS = re.compile(r"[ \t*]{2,}")
_QUOTED = re.compile(r"\s{0,3}(?:>|\|\s|&gt;)")
# Introductions in languages that the parser does not know, and those of programs that write them differently.
_HEADER = re.compile(
    r"^\s{0,3}(?:"
    r"(?:em|no dia|a|el|den|le|il|am|on|op|w dniu|dnia|dne|tarihinde)\b.{4,180}"
    r"(?:wrote|escreveu|escribio|escribió|a écrit|ha scritto|schrieb|schreef|skrev|napisał(?:\(a\)|a)?|kirjoitti|yazdı|"
    r"şunu yazdı|írta|a scris|έγραψε|написал(?:а|\(а\))?)\s?:"
    r"|.{2,120}(?:tarihinde şunu yazdı|kirjoitti|написал(?:а|\(а\))?|пишет|님이 작성|写道|寫道)\s?[:：]"
    r"|\d{4}年\d{1,2}月\d{1,2}日.{0,120}[:：]"
    r"|[-_ ]{2,}\s?(?:original message|original-?nachricht|ursprüngliche nachricht|urspr\. nachricht|message d'origine|"
    r"message original|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht|"
    r"wiadomość oryginalna|ursprungligt meddelande|oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti|"
    r"forwarded message|weitergeleitete nachricht|исходное сообщение|orijinal ileti|原始邮件|原始郵件|"
    r"元のメッセージ|original)\s?[-_ ]*"
    r"|_{20,}|-{20,}"
    r")\s*$",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"^\s{0,3}\*?(?:from|von|de|da|van|od|från|fra|kimden|от|发件人|寄件者|差出人|lähettäjä)\s?\*?\s?[:：]\*?\s.{0,150}(?:@|<)",
    re.IGNORECASE,
)
_NEXT_FIELD = re.compile(
    r"^\s{0,3}\*?(?:sent|gesendet|envoyé|enviado(?: el| em)?|inviato|verzonden|wysłano|skickat|sendt|gönderildi|"
    r"отправлено|date|datum|fecha|data|dato|发送时间|送信日時|to|an|à|para|a|aan|do|till|til|kime|кому|收件人|宛先|"
    r"subject|betreff|objet|asunto|assunto|oggetto|onderwerp|temat|ämne|emne|konu|тема|主题|件名)\s?\*?\s?[:：]",
    re.IGNORECASE,
)
# The line below each of our messages, and the one that text messages end with.
_OUR_LINES = re.compile(
    r"\[\[unsubscribe\]\]|https?://\S*/u/[\w-]{8,}|would rather not get these|stop them here"
    r"|\b(?:reply|text|send|answer|antworten sie|répondez|responda|responde)\b (?:mit |with |con |par )?"
    r"[\"'“”„]?stop[\"'“”]? (?:to|um|pour|para|per|for)\b",
    re.IGNORECASE,
)
# A phone says what somebody tapped on by quoting our message.
_REACTION = re.compile(
    r"^\s*(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|reacted .{1,12} to|gefällt|hat .{1,30} markiert:?"
    r"|a aimé|le gustó|removed an? \w+ from)\s+[“\"„«].*[”\"“»]?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_SIGNATURE = re.compile(
    r"^\s{0,3}(?:--\s?|__\s?|—\s?"
    r"|(?:sent from|get outlook|gesendet von|envoyé (?:de|depuis)|enviado (?:desde|do|de)|inviato da|verzonden vanaf|"
    r"wysłano z|skickat från|sendt fra|lähetetty|отправлено с|发自我的|iphoneから送信)\b.{0,80}"
    r"|(?:(?:best|kind|warm|many|with)? ?(?:regards|wishes)|best|cheers|sincerely|yours (?:sincerely|truly|faithfully)|"
    r"all the best|mit freundlichen grüßen|mit freundlichem gruß|(?:viele|beste|liebe|schöne) grüße|mfg|vg|lg|"
    r"(?:bien )?cordialement|salutations|bien à vous|(?:un )?saludos?(?: cordiales)?|atentamente|atenciosamente|"
    r"att|abraços|cordiali saluti|distinti saluti|met vriendelijke groet(?:en)?|groet(?:en|jes)?|z poważaniem|"
    r"pozdrawiam|med vänliga? hälsning(?:ar)?|vänliga hälsningar|hälsningar|mvh|med venlig hilsen|venlig hilsen|hilsen|"
    r"vennlig hilsen|med vennlig hilsen|saygılarımla|с уважением)\s?[,.!]?)\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cut:
    """What they wrote. From ``signature_at`` on it is their signature.

    ``reaction``: they only tapped on our message.
    """

    text: str
    signature_at: int
    reaction: bool = False

    @property
    def said(self) -> str:
        """Without the signature."""
        return self.text[: self.signature_at]


def cut(text: str, ours: str = "") -> Cut:
    """Take away what is quoted and what is ours. ``ours`` is the message they answer, where it is known."""
    text = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if _REACTION.match(text[:2000]):
        return Cut("", 0, reaction=True)
    lines = text.split("\n")
    known = {_bare(line) for line in ours.split("\n") if len(line.strip()) >= _OWN_LINE}
    kept = [
        line.rstrip()
        for line in _theirs(lines)
        if not _OUR_LINES.search(line[:1000]) and not (known and _bare(line) in known)
    ]
    found = "\n".join(kept).strip()
    return Cut(found, _signature(found))


def _theirs(lines: list[str]) -> Iterator[str]:
    """The lines that are not quoted. A reply below marked lines, or between them, is theirs."""
    header = _introduction(lines)
    for number, line in enumerate(lines):
        if header is not None and number >= header[0]:
            break
        if not _QUOTED.match(line):
            yield line
    if header is None:
        return
    rest = lines[header[1] :]
    first = next((line for line in rest if line.strip()), "")
    if not _QUOTED.match(first):
        return  # Everything below is the old message, without marks.
    for line in rest:
        if not _QUOTED.match(line) and not _HEADER.match(line[:_HEAD_LETTERS]):
            yield line


def _introduction(lines: list[str]) -> tuple[int, int] | None:
    """The first line of what introduces the quotation, and the first one after it; None when nothing does."""
    short = [_BLANKS.sub(" ", line[:_HEAD_LETTERS]).strip() for line in lines[:_HEAD_LINES]]
    places: list[tuple[int, int]] = []
    for number, line in enumerate(short):
        if _HEADER.match(line):
            places.append((number, number + 1))
            break
        follows = short[number + 1 : number + 4]
        if _FIELD.match(line) and any(_NEXT_FIELD.match(other) for other in follows):
            places.append((number, number + 1))
            break
    joined = "\n".join(short)
    match = _headers().search(joined)
    if match is not None:
        first = joined.count("\n", 0, match.start() + len(match[0]) - len(match[0].lstrip()))
        places.append((first, joined.count("\n", 0, match.end()) + 1))
    return min(places) if places else None


@lru_cache(maxsize=1)
def _headers() -> re.Pattern[str]:
    languages = [name for name in MAIL_LANGUAGES if len(name) == 2]
    found: re.Pattern[str] = EmailMessage(text="", languages=languages).HEADER_REGEX
    return found


def _signature(text: str) -> int:
    """Where their signature begins: at the last line that can be its beginning, unless it opens the text."""
    place = 0
    first: int | None = None
    for number, line in enumerate(text.split("\n")):
        if number and _SIGNATURE.match(line[:_HEAD_LETTERS]):
            first = place
            break
        place += len(line) + 1
    return len(text) if first is None else first


def _bare(line: str) -> str:
    return " ".join(line.casefold().split())
