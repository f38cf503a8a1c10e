"""What comes with every run is named by tests that exist, and never left out where it guards somebody."""

from __future__ import annotations

import ast

from tests.conventions.source import ROOT
from tests.seldom import WITH_EVERY_RUN

#: Consent, opt-outs, permissions: every variant of these comes with every run.
NEVER = ("tests/access/", "tests/outreach/preferences/", "tests/outreach/promises/", "tests/outreach/sending/")


def test_what_is_left_to_the_trials_exists_and_guards_nobody() -> None:
    for name in WITH_EVERY_RUN:
        path, _, function = name.partition("::")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert function in {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}, name
        assert not path.startswith(NEVER), name
