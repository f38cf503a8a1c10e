"""Playbooks out of the shell and back in."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from retention.models import PlaybookVersion
from tests.retention.playbooks.making import drafted

pytestmark = pytest.mark.django_db


def said(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_out_and_in_again(tmp_path: Path) -> None:
    drafted("soft")
    file = tmp_path / "soft.toml"
    said("export_playbook", "soft", str(file), "--version", "1")
    assert file.read_text() == said("export_playbook", "soft", "--version", "1")
    answer = said("import_playbook", str(file))
    assert answer.startswith("soft-v2 is a draft now.")
    assert "Before it can be published: Step 1, angle: No wording is approved" in answer
    assert PlaybookVersion.objects.get(number=2).steps.count() == 2


def test_what_cannot_be_is_said_with_its_place(tmp_path: Path) -> None:
    drafted("soft")
    with pytest.raises(CommandError, match="There is no playbook “hard”"):
        said("export_playbook", "hard")
    with pytest.raises(CommandError, match=r"no published version. It has: 1 \(draft\)"):
        said("export_playbook", "soft")
    with pytest.raises(CommandError, match="could not be read"):
        said("import_playbook", str(tmp_path / "none.toml"))
    wrong = tmp_path / "wrong.toml"
    text = said("export_playbook", "soft", "--version", "1")
    wrong.write_text(text.replace("lasts_days = 30", "lasts_days = 0"))
    with pytest.raises(CommandError, match=r"Nothing was made. In .*\n  lasts_days: Give 1 day or more"):
        said("import_playbook", str(wrong))
