"""What the conventions are held against: our apps, our Python files and our templates, as they lie on disk."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
#: From the top of the house to its foundation.
APPS = ("reviews", "retention", "followups", "outreach", "contacts", "staff")
PACKAGES = ("config", *APPS)


def python_files(*folders: str, migrations: bool = False) -> list[Path]:
    """Our Python files below these folders; migrations only when asked for, since a tool writes most of them."""
    found = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return [path for path in found if migrations or "migrations" not in path.parts]


def templates() -> list[Path]:
    """Every page, mail and message template of ours."""
    return sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"})


def name_of(path: Path) -> str:
    """A file's place in the repository, for the words of a failing test."""
    return path.relative_to(ROOT).as_posix()
