"""Each promise has a test that carries its number, and the document names every one of those tests."""

from __future__ import annotations

import re

import pytest

from tests.conventions.source import ROOT, python_files

#: R11 and R12 are about upgrades and load: docs/promises.md says where they are kept.
NUMBERS = range(1, 11)
_TEST = re.compile(r"^def (test_r(\d+)_\w+)\(", re.MULTILINE)


def named() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for path in python_files("tests"):
        for name, number in _TEST.findall(path.read_text()):
            found.setdefault(int(number), []).append(name)
    return found


@pytest.mark.parametrize("number", NUMBERS)
def test_a_promise_has_a_test_named_after_it(number: int) -> None:
    assert named().get(number), f"no test is named test_r{number}_…"


def test_the_document_names_them_all() -> None:
    document = (ROOT / "docs" / "promises.md").read_text()
    told = set(re.findall(r"`(test_r\d+_\w+)`", document))
    assert told == {name for names in named().values() for name in names}
