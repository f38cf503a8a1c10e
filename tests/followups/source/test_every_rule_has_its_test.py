"""No line of the source goes without a test that carries its number, and no two tests carry one number."""

from __future__ import annotations

import re

import pytest

from tests.conventions.source import python_files

#: The lists of the source, and how many lines each has.
LISTS = {"decision_rule": 5, "what_stays_human": 4, "quality_gate": 6, "risk": 6, "not_ready_if": 3}
_TEST = re.compile(rf"^def test_({'|'.join(LISTS)})_(\d+)_\w+\(", re.MULTILINE)


@pytest.mark.parametrize(("name", "lines"), LISTS.items())
def test_each_line_is_tried_once(name: str, lines: int) -> None:
    found = [
        int(number)
        for path in python_files("tests/followups/source")
        for which, number in _TEST.findall(path.read_text())
        if which == name
    ]
    assert sorted(found) == list(range(1, lines + 1))
