"""Text that is safe to keep, and text out of HTML. Nothing is fetched, and nothing of it is ever run."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nh3

MOST_TEXT = 200_000
MOST_HTML = 1_000_000
_BLOCKS = frozenset({"address", "blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "p", "pre", "tr", "ul"})
_KEPT = set(_BLOCKS) | {"br", "td", "th"}
_SILENT = {"script", "style", "title", "head", "template", "noscript", "iframe", "object", "svg", "math"}
#: Tags that are looked at. What they wrote stands first; time grows with the square of how deep tags are nested.
_MOST_TAGS = 8_000
_EMPTY_LINES = re.compile(r"\n(?:[ \t>]*\n){2,}")
_SPACES = re.compile(r"[ \t\f\v\u00a0]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def storable(text: str, most: int = MOST_TEXT) -> str:
    """The text without what a database or a page cannot hold, with plain line ends, cut to ``most`` characters."""
    text = text[: 2 * most].replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text).encode("utf-8", "replace").decode()[:most]


def line(text: str, most: int = 300) -> str:
    """The same on one line."""
    return " ".join(storable(text, 4 * most).split())[:most]


def harmless(html: str) -> str:
    """The HTML with nothing left of it but paragraphs, lists and quotes."""
    html = html[:MOST_HTML]
    if html.count("<") > _MOST_TAGS:
        html = "<".join(html.split("<", _MOST_TAGS)[:_MOST_TAGS])
    return nh3.clean(html, tags=_KEPT, attributes={}, clean_content_tags=_SILENT, link_rel=None)


def text_of(clean: str) -> str:
    """Lines of text out of `harmless` HTML. What they quoted begins with ``>``, as in a mail without HTML."""
    reader = _Reader()
    reader.feed(clean)
    reader.close()
    lines = (_SPACES.sub(" ", one).strip() for one in "".join(reader.pieces).split("\n"))
    return storable(_EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.quotes = 0

    def _new_line(self) -> None:
        self.pieces.append("\n" + "> " * min(self.quotes, 5))

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "blockquote":
            self.quotes += 1
        if tag in _BLOCKS or tag == "br":
            self._new_line()
        elif tag in {"td", "th"}:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self.quotes = max(self.quotes - 1, 0)
        if tag in _BLOCKS:
            self._new_line()

    def handle_data(self, data: str) -> None:
        self.pieces.append(" ".join(data.split("\n")))
