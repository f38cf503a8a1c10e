"""A person at a browser: whose session it is, how the screen is set up, and what the browser complains about."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize

from staff.models import User

WIDE: ViewportSize = {"width": 1400, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
AXE = Axe().axe_script
# Without preloading: axe would put style sheets into the page, and the page's policy rightly refuses them.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
    "preload": False,
}
#: As the server does it for a chosen theme: most pages name it on the root, the admin's on the body.
GO_DARK = """async () => {
  document.documentElement.dataset.theme = "dark";
  document.body.classList.remove("theme-light");
  document.body.classList.add("theme-dark");
  await Promise.allSettled(document.getAnimations().map((one) => one.finished));
}"""
#: Whether a target is still too small once it is in the middle of the window. At the place where the page happens to
#: stand, a bar at its edge may cover half of what scrolls beneath it; who wants to press that scrolls it out first.
STILL_TOO_SMALL = """async (target) => {
  const [x, y, one] = [window.scrollX, window.scrollY, document.querySelector(target)];
  one.scrollIntoView({ block: "center", behavior: "instant" });
  const found = await axe.run(one, { runOnly: { type: "rule", values: ["target-size"] }, preload: false });
  window.scrollTo({ left: x, top: y, behavior: "instant" });
  return found.violations.length > 0;
}"""
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  const where = `${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`;
  console.error(`CSP refused ${event.violatedDirective} ${where}`);
});
"""
#: Folders for pictures, when somebody wants them: the few of the README, and every page to look at.
PICTURES = os.environ.get("REKINDLE_SCREENSHOTS", "")
EVERY_PAGE = os.environ.get("REKINDLE_EVERY_PAGE", "")


@dataclass(frozen=True)
class Site:
    """Where the program answers."""

    url: str


class Eyes:
    """Opens windows and notes every complaint of the browser."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.browser, self.site = browser, site
        self.complaints: list[str] = []
        self._windows: dict[str | None, Page] = {}

    def window(self, who: str | None) -> Page:
        """One window for each person, signed in without a form, kept from page to page."""
        if who not in self._windows:
            self._windows[who] = self.page(who)
        return self._windows[who]

    def page(self, who: str | None = None, *, theme: str = "light", size: Any = WIDE, **options: Any) -> Page:
        """A new window of somebody's own, with a chosen theme and size."""
        context = self.browser.new_context(
            base_url=self.site.url, viewport=size, reduced_motion="reduce", locale="en-GB", **options
        )
        context.set_default_timeout(20_000)
        cookies = {"theme": theme}
        if who is not None:
            client = Client()
            client.force_login(User.objects.get(username=who))
            cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": name, "value": value, "url": self.site.url} for name, value in cookies.items()])
        if options.get("java_script_enabled", True):
            context.add_init_script(REPORT_VIOLATIONS)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        here, where = message.page.url if message.page else "", message.location.get("url", "")
        # A page that is an error itself is asked for on purpose; Chromium notes its status as well.
        if message.type in {"error", "warning"} and not (where == here and "the server responded with" in message.text):
            self.complaints.append(f"{here}: {message.text} ({where})")


def findings(page: Page) -> list[str]:
    """What axe objects to on this page, one line each."""
    # Half a megabyte of text: it is read by the browser once for each page that is opened, not for each look at it.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    violations = page.evaluate("async (options) => (await axe.run(options)).violations", RULES)
    for one in violations:
        if one["id"] == "target-size":
            one["nodes"] = [node for node in one["nodes"] if page.evaluate(STILL_TOO_SMALL, node["target"][0])]
    return [
        f"{one['id']} ({one['impact']}): {node['target']} {node['failureSummary']}"
        for one in violations
        for node in one["nodes"][:3]
    ]


def too_wide(page: Page) -> str:
    """What sticks out at the right side of the window, empty when the page fits."""
    return str(
        page.evaluate(
            """() => {
              const width = document.documentElement.clientWidth;
              if (document.documentElement.scrollWidth <= width) return "";
              const sticksOut = (e) => e.getBoundingClientRect().right > width + 1;
              const out = [...document.querySelectorAll("body *")].filter(sticksOut);
              return `${document.documentElement.scrollWidth} > ${width}: ` +
                out.slice(0, 5).map((e) => `${e.tagName}.${e.className}`).join(", ");
            }"""
        )
    )


def picture(page: Page, name: str, folder: str = PICTURES, *, tall: int = 800) -> None:
    """Keep what is on the screen, down to ``tall`` pixels, when asked to."""
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        size = page.viewport_size or WIDE
        # Playwright would hide the caret by style attributes, and htmx would carry those over a swap.
        page.screenshot(
            path=Path(folder) / f"{name}.png",
            caret="initial",
            clip={"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], tall)},
        )
