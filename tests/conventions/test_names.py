"""Names that say something, files one can hold in the head, pages that keep to the strict policy and a calm voice."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from tests.conventions.source import PACKAGES, ROOT, name_of, python_files, templates

EMPTY_NAMES = {"base_models", "common", "constants", "helper", "helpers", "managers", "misc", "util", "utils"}
CODE = python_files(*PACKAGES, "tests", "benchmarks")
PAGES = templates()
LONGEST = 400


def test_modules_are_named_for_what_they_hold() -> None:
    assert [name_of(path) for path in CODE if {path.stem, path.parent.name} & EMPTY_NAMES] == []


def test_files_stay_short() -> None:
    """A longer one becomes a package by domain noun."""
    long = {name_of(path): lines for path in CODE if (lines := len(path.read_text().splitlines())) > LONGEST}
    assert long == {}


def test_migrations_are_named_for_what_they_do() -> None:
    for path in python_files(*PACKAGES, migrations=True):
        if "migrations" in path.parts:
            assert "_auto_" not in path.stem, name_of(path)


class Markup(HTMLParser):
    """What the content security policy would refuse, and the words a person reads."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.words: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given):
            self.refused.append(f"<{tag}>")
        if tag in {"style", "script"}:
            self.silent += 1
        for name, value in attrs:
            if name == "style" or re.match(r"on[a-z]+$|hx-on", name):
                self.refused.append(f"{name}={value}")
            if name in {"href", "src", "action"} and (value or "").lower().startswith(("javascript:", "http:", "//")):
                self.refused.append(f"{name}={value}")
            if name in {"title", "alt", "placeholder", "aria-label", "data-confirm"} and value:
                self.words.append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"style", "script"}:
            self.silent -= 1

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)


def read(path: Path) -> Markup:
    text = path.read_text()
    text = re.sub(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}", "", text, flags=re.S)
    # What is written inside a tag as an argument is read by people too ("text=…"); the rest of a tag is not.
    said = re.findall(r"""(?:title|text|label|summary|action_label)=("[^"]*"|'[^']*')""", text)
    markup = Markup()
    markup.feed(re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.S))
    markup.words += said
    return markup


def test_pages_keep_to_the_strict_policy_and_do_not_shout() -> None:
    """No inline script, style or handler: the browser would refuse it, and rightly."""
    found = {name_of(path): read(path) for path in PAGES}
    assert {name: page.refused for name, page in found.items() if page.refused} == {}
    loud = {name: [words.strip() for words in page.words if "!" in words] for name, page in found.items()}
    assert {name: words for name, words in loud.items() if words} == {}


def test_the_check_itself_sees_what_it_should() -> None:
    markup = Markup()
    markup.feed(
        '<!doctype html><p style="x" onclick="y" hx-on:click="z" title="Hey!">Done!</p><script>a != b</script>'
        '<script src="a.js"></script><a href="javascript:x">x</a><style>p {}</style>'
    )
    assert markup.refused == ["style=x", "onclick=y", "hx-on:click=z", "<script>", "href=javascript:x", "<style>"]
    assert [words for words in markup.words if "!" in words] == ["Hey!", "Done!"]


def test_sentences_in_code_do_not_shout() -> None:
    """Words for people are in the code as well: refusals, messages, labels. "!" stands for a value in some formats."""
    shouting = re.compile(r"""["'][^"'\n]*[a-z]{2}!["']""")
    for path in python_files(*PACKAGES):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            assert not shouting.search(line), f"{name_of(path)}:{number} {line.strip()}"


def test_every_page_of_an_app_is_used() -> None:
    """A page that nothing renders is a page that nobody keeps right."""
    sources = "\n".join(path.read_text() for path in [*python_files(*PACKAGES), *PAGES])
    ours = [path.relative_to(ROOT / "templates") for path in PAGES]
    unused = [path.as_posix() for path in ours if path.parts[0] in PACKAGES and path.as_posix() not in sources]
    assert unused == []
