"""How people work a page: with the keyboard, with a mouse, without JavaScript, by touch, and in the dark.

A journey is written once, by roles and names as a person would tell it, and walked in each of these ways.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from reviews.demo import DEMO_PASSWORD
from tests.browser.eyes import PHONE, PICTURES, Eyes

#: What each way asks of the browser.
WAYS: dict[str, dict[str, Any]] = {
    "keyboard": {},
    "mouse": {},
    "plain": {"java_script_enabled": False},
    "touch": {"size": PHONE, "has_touch": True, "is_mobile": True},
    "dark": {"theme": "dark"},
}
#: Further than anybody should have to go with the Tab key.
FAR = 250


class Hands:
    """Somebody at a page of their own, who works it in one of the ways."""

    def __init__(self, eyes: Eyes, who: str, way: str) -> None:
        self.who, self.way = who, way
        self.page: Page = eyes.page(**WAYS[way])

    def sign_in(self) -> None:
        self.page.goto("/")
        name = self.page.get_by_label("E-mail").or_(self.page.get_by_label("user name")).first
        self.fill(name, self.who)
        self.fill(self.page.get_by_label("Password", exact=True), DEMO_PASSWORD)
        self.act(self.page.get_by_role("button", name="Sign in"))
        expect(self.page.get_by_role("navigation", name="Main")).to_be_visible()
        if self.way == "mouse":
            self.picture("home")

    def go(self, place: str) -> None:
        """To a page of the main navigation; on a phone, what has no room in the bar is behind “More”."""
        menu = self.page.get_by_role("navigation", name="Main")
        link = menu.get_by_role("link", name=re.compile(f"^{place}"))
        if link.filter(visible=True).count() == 0:
            self.act(menu.locator("summary"))
        self.act(link.filter(visible=True).first)

    def link(self, name: str) -> None:
        self.act(self.page.locator("main").get_by_role("link", name=re.compile(name)).filter(visible=True).first)

    def button(self, name: str) -> None:
        self.act(self.page.get_by_role("button", name=re.compile(name)).filter(visible=True).first)

    def open(self, name: str) -> None:
        """A panel, by the words on it; on a phone it may be behind “More”."""
        panel = self.page.locator("main summary", has_text=re.compile(rf"^\s*{name}")).filter(visible=True)
        more = self.page.locator("main").get_by_text("More", exact=True).filter(visible=True)
        # A page that was asked for may still be on its way.
        panel.or_(more).first.wait_for()
        if panel.count() == 0:
            self.act(more.first)
        self.act(panel.first)

    def write(self, label: str, words: str) -> None:
        field = self.page.locator("main").get_by_label(label).and_(self.page.locator("input, select, textarea"))
        self.fill(field.filter(visible=True).first, words)

    def choose(self, label: str) -> None:
        """One of several, by its words."""
        radios = self.page.locator("main").get_by_role("radio", name=re.compile(rf"^{label}\b"))
        choice = radios.filter(visible=True).first
        if self.way != "keyboard":
            choice.check()
            return
        choice.evaluate("one => { window.wanted = one; }")
        self._tab("document.activeElement.name === window.wanted.name")
        for _ in range(9):
            if self.page.evaluate("document.activeElement === window.wanted"):
                self.page.keyboard.press("Space")
                expect(choice).to_be_checked()
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrow keys never come to “{label}”")

    def act(self, control: Locator) -> None:
        """Press something."""
        if self.way == "keyboard":
            self.reach(control)
            self.page.keyboard.press("Enter")
        elif self.way == "touch":
            control.tap()
        else:
            control.click()

    def fill(self, field: Locator, words: str) -> None:
        """Put these words in a field, in place of what is there."""
        if self.way != "keyboard":
            field.fill(words)
            return
        self.reach(field)
        if field.get_attribute("type") == "date":
            year, month, day = words.split("-")
            self.page.keyboard.type(f"{day}{month}{year}")
            return
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(words)

    def reach(self, control: Locator) -> None:
        """Go on with the Tab key until this has the focus."""
        control.wait_for()
        control.evaluate("one => { window.wanted = one; }")
        self._tab("document.activeElement === window.wanted")

    def _tab(self, until: str) -> None:
        for _ in range(FAR):
            if self.page.evaluate(until):
                return
            self.page.keyboard.press("Tab")
        wanted = self.page.evaluate("window.wanted.outerHTML.slice(0, 200)")
        raise AssertionError(f"the keyboard never reaches {wanted}")

    def picture(self, what: str) -> None:
        """For docs/journeys.md, when somebody wants its pictures taken."""
        if PICTURES:
            folder = Path(PICTURES) / "journeys"
            folder.mkdir(parents=True, exist_ok=True)
            # A style attribute would be in the way of the page's policy, so the caret stays as it is.
            self.page.screenshot(
                path=folder / f"{self.who}-{what}-{self.way}.jpg", caret="initial", type="jpeg", quality=55
            )

    def leave(self) -> None:
        self.page.context.close()
