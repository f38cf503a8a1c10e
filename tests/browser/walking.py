"""Going through the site as a person does: from link to link, and with the Tab key from control to control."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

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


@dataclass
class Walk:
    """From ``start`` along every link of our own, each kind of address at most ``of_a_kind`` times in the browser.

    Of what is left of a kind, ``asked`` are only asked for: what opens the twentieth customer opens all three hundred.
    A page with filters is one kind whatever they are, and may be shown ``filtered`` times: each leads to more of them,
    without end. ``seen`` says what each address answered, ``found_on`` where a link to it stood first.
    """

    page: Page
    start: str = "/"
    of_a_kind: int = 2
    filtered: int = 4
    asked: int = 20
    seen: dict[str, int] = field(default_factory=dict)
    found_on: dict[str, str] = field(default_factory=dict)

    def pages(self) -> Iterator[str]:
        """Each page that the browser shows, while it shows it."""
        start = urljoin(self.page.url, self.start)
        waiting, known, kinds = deque([start]), {start}, Counter[str]()
        while waiting:
            address = waiting.popleft()
            kind = kind_of(address)
            kinds[kind] += 1
            shown = self.filtered if kind.endswith("?") else self.of_a_kind
            if kinds[kind] > shown + self.asked:
                continue
            if kinds[kind] > shown:
                self.seen[address] = self.page.context.request.get(address, max_redirects=5).status
                continue
            try:
                answer = self.page.goto(address)
            except Error as refused:
                if "Download is starting" not in refused.message:
                    raise
                # The server says itself that this is a file, and the browser stays where it was.
                self.seen[address] = self.page.context.request.get(address).status
                continue
            assert answer is not None
            self.seen[address] = answer.status
            yield address
            for link, is_file in self.page.evaluate(LINKS):
                link = link.partition("#")[0]
                if link in known or urlsplit(link).netloc != urlsplit(address).netloc:
                    continue
                known.add(link)
                self.found_on[link] = address
                if is_file or urlsplit(link).path.endswith((".csv", ".json", ".ics")):
                    self.seen[link] = self.page.context.request.get(link).status
                else:
                    waiting.append(link)


def kind_of(address: str) -> str:
    """The address without its numbers, and whether it asks for a part of what is there."""
    parts = urlsplit(address)
    return re.sub(r"\d+", "#", parts.path) + ("?" if parts.query else "")


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
