"""Going through the site as a person does: from link to link, and with the Tab key from control to control."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from playwright.sync_api import Error, Page

#: What somebody operates, as the browser's own accessibility tree calls it.
CONTROLS = {
    "button", "checkbox", "combobox", "link", "listbox", "menuitem", "option", "radio", "searchbox", "slider",
    "spinbutton", "switch", "tab", "textbox", "DisclosureTriangle",
}  # fmt: skip
LINKS = """() => [...document.querySelectorAll("a[href]")].map((a) => [a.href, a.hasAttribute("download")])"""
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const all = [...document.querySelectorAll("*")];
  const style = getComputedStyle(one);
  const shown = [one, one.parentElement, one.closest("label, li, tr, summary") ?? one].some((part) =>
    getComputedStyle(part).outlineStyle !== "none" || getComputedStyle(part).boxShadow !== "none"
    || getComputedStyle(part, "::after").outlineStyle !== "none");
  return { place: all.indexOf(one), what: one.outerHTML.slice(0, 120), shown };
}"""
REACHABLE = """() => [...document.querySelectorAll(
    "a[href], button:enabled, input:enabled:not([type=hidden], [type=radio]), select:enabled, textarea:enabled," +
    "summary")]
  .filter((one) => one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }) && !one.closest("[inert]"))
  .map((one) => [[...document.querySelectorAll("*")].indexOf(one), one.outerHTML.slice(0, 120)])"""


class Links(HTMLParser):
    """The addresses that a page leads to, and whether each is said to be a file."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a link leads."""
        said = dict(attrs)
        if tag == "a" and said.get("href"):
            self.found.append((str(said["href"]), "download" in said))


@dataclass
class Walk:
    """From ``start`` along every link of our own, whichever page it stands on.

    The browser shows ``of_a_kind`` pages of a kind; of the others the server is asked for the page, and their links are
    followed as well. Pages that are narrowed or turned in one way (one word after the question mark) are all walked.
    Of those narrowed in several ways at once, ``combined`` of each combination are: there is no end to them, and each
    leads to more. ``seen`` says what each address answered, ``found_on`` where a link to it stood first.
    """

    page: Page
    start: str = "/"
    of_a_kind: int = 3
    combined: int = 8
    seen: dict[str, int] = field(default_factory=dict)
    found_on: dict[str, str] = field(default_factory=dict)

    def pages(self) -> Iterator[str]:
        """Each page that the browser shows, while it shows it."""
        start = urljoin(self.page.url, self.start)
        waiting, known = deque([start]), {start}
        shown, combinations = Counter[str](), Counter[str]()
        while waiting:
            address = waiting.popleft()
            kind = kind_of(address)
            if shown[kind] < self.of_a_kind and (links := self._open(address)) is not None:
                shown[kind] += 1
                yield address
            else:
                links = self._ask(address)
            for link, is_file in links:
                link = plain(urljoin(address, link))
                if link in known or urlsplit(link).netloc != urlsplit(address).netloc:
                    continue
                known.add(link)
                if is_combined(link):
                    combinations[kind_of(link)] += 1
                    if combinations[kind_of(link)] > self.combined:
                        continue
                self.found_on[link] = address
                if is_file or urlsplit(link).path.endswith((".csv", ".json", ".ics")):
                    self.seen[link] = self.page.context.request.get(link).status
                else:
                    waiting.append(link)

    def _open(self, address: str) -> list[tuple[str, bool]] | None:
        """The links of a page that the browser now shows, or nothing where it is a file."""
        try:
            answer = self.page.goto(address)
        except Error as refused:
            if "Download is starting" not in refused.message:
                raise
            return None  # The server says itself that this is a file, and the browser stays where it was.
        assert answer is not None
        self.seen[address] = answer.status
        return [(link, is_file) for link, is_file in self.page.evaluate(LINKS)]

    def _ask(self, address: str) -> list[tuple[str, bool]]:
        answer = self.page.context.request.get(address, max_redirects=5)
        self.seen[address] = answer.status
        return Links(answer.text()).found if "text/html" in answer.headers.get("content-type", "") else []


def plain(address: str) -> str:
    """The address of the page alone: without a place in it, and without where the admin leads back to afterwards."""
    parts = urlsplit(address)
    asked = [one for one in parse_qsl(parts.query, keep_blank_values=True) if one[0] != "_changelist_filters"]
    query = parts.query if len(asked) == len(parse_qsl(parts.query, keep_blank_values=True)) else urlencode(asked)
    return parts._replace(query=query, fragment="").geturl()


def is_combined(address: str) -> bool:
    """Whether a page is narrowed, turned or ordered in several ways at once; the admin orders by ``o=1.-3``."""
    asked = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    return len(asked) > 1 or any(name == "o" and "." in value for name, value in asked)


def kind_of(address: str) -> str:
    """The address without its numbers, and the names of what it asks for."""
    parts = urlsplit(address)
    asked = "&".join(sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}))
    return re.sub(r"\d+", "#", parts.path) + (f"?{asked}" if parts.query else "")


def unnamed(page: Page) -> list[str]:
    """Controls that a screen reader could not call by any name, as the browser itself computes it."""
    session = page.context.new_cdp_session(page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    found = [
        node
        for node in nodes
        if not node.get("ignored")
        and node["role"]["value"] in CONTROLS
        and not node.get("name", {}).get("value", "").strip()
    ]
    said = [
        session.send("DOM.describeNode", {"backendNodeId": node["backendDOMNodeId"]})["node"] | node for node in found
    ]
    session.detach()
    return [f"{node['role']['value']}: <{node['localName']} {' '.join(node.get('attributes', []))}>" for node in said]


def tab_round(page: Page, key: str = "Tab", *, most: int = 600) -> list[str]:
    """Press the key until the focus has been everywhere, and say what is wrong with the way it took."""
    reachable = dict(page.evaluate(REACHABLE))
    way: list[int] = []
    wrong = []
    for _ in range(most):
        page.keyboard.press(key)
        here = page.evaluate(FOCUSED)
        if here is None:
            # Out of the page, where the browser's own controls would come; the next press begins at its top.
            continue
        if here["place"] in way[:1]:
            break
        if here["place"] in way[-1:]:
            return [f"stuck at {here['what']}"]
        way.append(here["place"])
        if not here["shown"]:
            wrong.append(f"no sign of the focus at {here['what']}")
    else:
        return [f"no end after {most} presses"]
    return wrong + [f"never reached: {what}" for place, what in reachable.items() if place not in way]
