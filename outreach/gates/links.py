"""Links lead only where we know: our own host, hosts that managers allow, and material we published (mission.md 5.2).

What a mail program or a phone turns into a link counts as one, whether or not it begins with https. A link that they
wrote themselves is not trusted because it stands in the evidence: in a quotation a person looks at it, anywhere else it
stops the message. Disguises stop it always: a name before an @, figures for a host, letters that look like others,
shorteners, and addresses that run programs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from outreach.gates.facts import Finding, MessageFacts, Span, quoted_words
from outreach.gates.phrases import fold, quotations
from outreach.gates.suffixes import SUFFIXES
from outreach.rendering import UNSUBSCRIBE_TOKEN
from outreach.states import Severity

ID = "links"

_SHORTENERS = """
    bit.ly tinyurl.com t.co goo.gl ow.ly is.gd buff.ly rebrand.ly cutt.ly lnkd.in t.ly rb.gy shorturl.at tiny.cc s.id
    bl.ink v.gd soo.gd trib.al dlvr.it qr.ae adf.ly shorte.st bc.vc po.st ouo.io urlz.fr amzn.to fb.me youtu.be wa.me
    t.me db.tt git.io short.io clck.ru
"""
SHORTENERS = frozenset(_SHORTENERS.split())

_DOT = r"[.。｡]"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = rf"{_LABEL}(?:{_DOT}{_LABEL})+"
_REST = r"[^\s<>\"“”]*"
_LINK = re.compile(
    rf"(?<![\w.@/-])(?:"
    # anything with a scheme, and what runs a program or carries a page in itself
    rf"(?P<url>[a-z][a-z0-9+.-]{{1,20}}:/{{1,3}}[^\s<>\"“”]+|[a-z][a-z0-9+.-]{{1,20}}:\\\\{_REST})"
    rf"|(?P<program>(?:javascript|vbscript)\s*:\s*\S{_REST}|data:[a-z]+/[a-z]{_REST}|data:[^\s,]*;base64{_REST})"
    # //host, host/path, host:port and a bare host; a name before an @ only where a path makes an address of it
    rf"|//(?P<relative>{_HOST}{_REST})"
    rf"|(?P<account>[\w.+-]{{1,64}}@{_HOST}/{_REST})"
    rf"|(?P<bare>{_HOST}\.?(?::\d{{1,5}})?(?:[/?#]{_REST})?)(?![\w@])"
    rf")",
)
# What a sentence puts after a link does not belong to it.
_AFTER = ".,;:!?)]}'…"
_FIGURES = re.compile(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}")
_FOUR_FIGURES = re.compile(r"(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}")


@dataclass(frozen=True)
class Link:
    """A link in a text. ``whole`` is what links are compared by; ``trick`` says what is wrong with it by itself."""

    host: str
    whole: str
    trick: str
    start: int
    end: int


def check(facts: MessageFacts) -> list[Finding]:
    """Block every link that leads elsewhere, and mark it."""
    found = [(field, text, links_in(text)) for field, text in facts.fields() if _worth_looking(text)]
    if not any(links for _, _, links in found):
        return []
    hosts = allowed_hosts(facts.link_hosts)
    published = _published(facts)
    stopped: dict[str, list[Span]] = {}
    quoted: list[Span] = []
    for field, text, links in found:
        theirs = quotations(text, facts.their_texts) if links else []
        for link in links:
            span = Span(field, link.start, link.end)
            if link.trick:
                stopped.setdefault(link.trick, []).append(span)
            elif is_allowed(link.host, hosts) or link.whole in published:
                continue
            elif any(first <= link.start and link.end <= last for first, last in theirs):
                quoted.append(span)
            else:
                stopped.setdefault("", []).append(span)
    findings = [
        Finding(ID, Severity.BLOCK, _sentence(quoted_words(facts, spans), trick), tuple(spans))
        for trick, spans in stopped.items()
    ]
    if quoted:
        message = f"{quoted_words(facts, quoted)} is a link that they wrote. Look where it leads before you quote it."
        findings.append(Finding(ID, Severity.REVIEW, message, tuple(quoted)))
    return findings


def _sentence(words: str, trick: str) -> str:
    if trick:
        return f"{words} {trick} Take it out."
    return (
        f"{words} leads to a host that is not on our list. Take it out, put a blank after a full stop if it is no link,"
        " or ask a manager to add the host."
    )


def links_in(text: str) -> list[Link]:
    """Everything in a text that a program would turn into a link, in order."""
    folded = fold(text)
    found: list[Link] = []
    for match in _LINK.finditer(folded.text):
        words = match[0].rstrip(_AFTER)
        if not words or UNSUBSCRIBE_TOKEN in match[0]:
            continue
        host, rest, trick = _read(match.lastgroup or "", words)
        if match.lastgroup == "bare" and not trick and not _is_host(host, rest):
            continue
        start, end = folded.span(match.start(), match.start() + len(words))
        found.append(Link(host, _compared(host, rest), trick, start, end))
    return found


def allowed_hosts(hosts: Iterable[str]) -> frozenset[str]:
    """Hosts as they are compared."""
    return frozenset(ascii_host(host) for host in hosts if host.strip())


def is_allowed(host: str, hosts: frozenset[str]) -> bool:
    """Whether the host, or one it is part of, is among the allowed ones."""
    labels = host.split(".")
    return any(".".join(labels[position:]) in hosts for position in range(len(labels)))


@lru_cache(maxsize=1024)
def ascii_host(host: str) -> str:
    """A host in the one form in which hosts are compared: lower case, without the last dot, as in the name system."""
    plain = re.sub(_DOT, ".", fold(host.strip()).text).strip(".")
    if plain.isascii():
        return plain
    try:
        return plain.encode("idna").decode("ascii")
    except UnicodeError:
        return plain


def _read(kind: str, words: str) -> tuple[str, str, str]:
    """Host, what follows it, and what is wrong with the link by itself."""
    if kind == "program":
        return "", words, "is no address of a page; it can run a program."
    if "\\" in words:
        return "", words, "holds a backslash, which programs read in different ways."
    rest = words
    if kind == "url":
        scheme, _, rest = words.partition(":")
        if scheme not in ("http", "https"):
            return "", words, "is no address of a page that a browser opens."
    rest = rest.lstrip("/")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    path = rest[len(authority) :]
    _, at, place = authority.rpartition("@")
    host_words = place if place.startswith("[") else re.sub(r":\d*$", "", place)
    host = ascii_host(host_words)
    port = place[len(host_words) :]
    if at:
        return host, path, f"leads to “{host[:60]}”, not to what stands before the @."
    if place.startswith("[") or _FIGURES.fullmatch(host):
        # A bare row of figures is an address only when it is one: 1.2.3 is a version.
        if kind != "bare" or _FOUR_FIGURES.fullmatch(host):
            return host, path, "hides its host behind figures."
        return "", path, ""
    if "xn--" in host:
        return host, port + path, "" if _one_script(host_words) else "mixes letters that look alike."
    if host in SHORTENERS:
        return host, path, "hides where it leads. Use the full link."
    return host, port + path, ""


def _one_script(host: str) -> bool:
    """Whether no label of the host mixes letters of a to z with letters of another script."""
    for label in re.split(_DOT, host):
        scripts = {"latin" if char.isascii() or char in _LATIN else "other" for char in label if char.isalpha()}
        if len(scripts) > 1:
            return False
    return True


# Letters with marks that Latin alphabets have: U+00C0 to U+024F and the additional ones.
_LATIN = frozenset(chr(code) for first, last in ((0xC0, 0x24F), (0x1E00, 0x1EFF)) for code in range(first, last + 1))


def _is_host(host: str, rest: str) -> bool:
    """Whether bare words are taken for a link: by their ending, or by what follows."""
    suffix = host.rpartition(".")[2]
    if suffix in SUFFIXES or suffix.startswith("xn--"):
        return True
    return rest.startswith("/") and len(suffix) >= 2 and suffix.isalpha()


def _compared(host: str, rest: str) -> str:
    return f"{host}{rest.rstrip('/')}"


# Every link has a point, a colon or a slash with something right after it; most texts have none.
_MAYBE = re.compile(rf"{_DOT}[^\s.]|:[^\s]|//|\\|script\s*:")


def _worth_looking(text: str) -> bool:
    return _MAYBE.search(fold(text).text) is not None


def _published(facts: MessageFacts) -> frozenset[str]:
    """Links of published material, and those of the approved text and our own evidence that they did not write."""
    theirs = {link.whole for text in facts.their_texts for link in links_in(text)}
    ours = {
        link.whole
        for text in (facts.approved_text, *facts.evidence_texts)
        if _worth_looking(text)
        for link in links_in(text)
        if not link.trick
    }
    material = {link.whole for text in facts.published_links for link in links_in(text) if not link.trick}
    return frozenset(material | (ours - theirs))
