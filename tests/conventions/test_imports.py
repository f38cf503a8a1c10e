"""Imports go one way, and the parts that decide know neither the database nor the clock."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.conventions.source import APPS, PACKAGES, ROOT, name_of, python_files

#: What a pure module may not touch: the database, the network, the clock and the settings.
IMPURE = (
    "celery",
    "django.conf",
    "django.core.cache",
    "django.core.mail",
    "django.db",
    "django.utils.timezone",
    "http",
    "psycopg",
    "redis",
    "requests",
    "smtplib",
    "socket",
    "time",
    "urllib.request",
)
#: Asking for the moment or for chance: then the answer is not a matter of the arguments alone.
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "uuid4", "random", "token_urlsafe"}


def imported(tree: ast.Module) -> Iterator[str]:
    """Every module a file imports, wherever in the file it does; names taken from a package count as modules of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "Imports are written out in full"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def below(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


STATES = [ROOT / app / "states.py" for app in APPS if (ROOT / app / "states.py").exists()]
#: Signals are rules of a kind: each type is a pure class that a model names.
PURE_FOLDERS = ("rules", "signals")
RULES = [
    path
    for app in APPS
    for path in [ROOT / app / "rules.py", *(one for pure in PURE_FOLDERS for one in (ROOT / app / pure).rglob("*.py"))]
    if path.exists()
]
ALL = python_files(*PACKAGES)


@pytest.fixture
def loggers_stay() -> Iterator[None]:
    """The linter sets logging up for itself and silences every logger there is: later tests would hear nothing."""
    known = {name: one for name, one in logging.root.manager.loggerDict.items() if isinstance(one, logging.Logger)}
    silent = {name: one.disabled for name, one in known.items()}
    yield
    for name, was in silent.items():
        known[name].disabled = was


@pytest.mark.usefixtures("loggers_stay")
def test_imports_go_one_way(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == EXIT_STATUS_SUCCESS, capfd.readouterr().out


def test_the_contract_names_every_app() -> None:
    """An app left out of the contract would be free to import anything."""
    folders = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert folders == set(PACKAGES)


def test_states_import_nothing_of_ours() -> None:
    for path in STATES:
        assert [module for module in imported(parsed(path)) if below(module, *PACKAGES)] == [], name_of(path)


def test_rules_import_only_rules_and_states() -> None:
    """States bring Django's TextChoices with them; of Django's database nothing else gets in."""
    assert RULES
    for path in RULES:
        modules = set(imported(parsed(path)))
        assert {module for module in modules if below(module, *IMPURE)} == set(), name_of(path)
        for module in modules:
            if below(module, *PACKAGES):
                part = module.split(".")[1:2]
                pure: tuple[list[str], ...] = ([], ["states"], ["rules"], ["signals"], ["gates"], ["rendering"])
                assert part in pure, f"{name_of(path)} imports {module}"


def test_rules_never_look_at_the_clock() -> None:
    """`now` is an argument, so every decision can be asked for again."""
    for path in RULES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
                pytest.fail(f"{name_of(path)}:{node.lineno} calls {ast.unparse(node.func)}")


def test_services_never_import_tasks() -> None:
    services = [path for path in ALL if "services" in path.parts or path.name == "services.py"]
    assert services
    for path in services:
        assert not [module for module in imported(parsed(path)) if "tasks" in module.split(".")], name_of(path)


def test_nothing_of_the_product_imports_its_tests() -> None:
    for path in ALL:
        assert not [module for module in imported(parsed(path)) if below(module, "tests", "benchmarks")], name_of(path)


def test_no_hidden_wiring() -> None:
    """No signals of ours and no generic foreign keys: who calls what can be read in the code."""
    hidden = ("django.dispatch", "django.db.models.signals", "django.contrib.contenttypes.fields")
    for path in ALL:
        assert not [module for module in imported(parsed(path)) if below(module, *hidden)], name_of(path)
