"""The import and export commands: arguments, summary, refused file, exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from contacts.models import Account, ConsentRecord, Suppression
from followups.models import Lead

pytestmark = pytest.mark.django_db


def command(name: str, *args: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(name, *map(str, args), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.csv"
    path.write_text("account,sector,size\nOne,music,5\nTwo,art,6\n,none,7\n")
    return path


def test_the_last_line_is_the_summary_and_refused_lines_are_named(file: Path, tmp_path: Path) -> None:
    refused = tmp_path / "refused.csv"
    mapping = ["--map", "external_id=account", "name=account", "--map", "industry=sector"]
    out, err = command("import_accounts", file, *mapping, "--refused", refused)
    assert out == "created 2 updated 0 unchanged 0 refused 1; ignored columns: size\n"
    assert err == "line 4: Column account (external_id) is empty.\n"
    [row] = csv.DictReader(io.StringIO(refused.read_text()))
    assert row == {
        "account": "",
        "sector": "none",
        "size": "7",
        "line": "4",
        "problem": "Column account (external_id) is empty.",
    }
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("text", [json.dumps({"external_id": "account"}), "# ours = theirs\nexternal_id=account\n"])
def test_a_map_file(file: Path, tmp_path: Path, text: str) -> None:
    mapping = tmp_path / "map"
    mapping.write_text(text)
    command("import_accounts", file, "--map-file", mapping)
    assert set(Account.objects.values_list("external_id", flat=True)) == {"One", "Two"}


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--map", "colour=sector"], 2),
        (["--map", "sector"], 2),
        (["--map", "name=a", "name=b"], 2),
        (["--set", "strategic=perhaps"], 2),
        (["--map-file", "/nowhere"], 2),
        (["--as-of", "soon"], 2),
        (["--stage-map", "a=new"], 2),
        (["--refused", "/nowhere/at/all.csv"], 2),
        ([], 1),
        (["--map", "external_id=key"], 1),
    ],
)
def test_exit_codes(file: Path, args: list[str], code: int) -> None:
    with pytest.raises(CommandError) as refused:
        command("import_accounts", file, *args)
    assert refused.value.returncode == code
    assert not Account.objects.exists()


@pytest.mark.parametrize("more", [[], ["--set", "industry=x"]])
def test_the_file_may_stand_last(file: Path, more: list[str]) -> None:
    assert command("import_accounts", "--map", "external_id=account", *more, file)[0].startswith("created 2")


def test_no_file_is_a_wrong_argument() -> None:
    with pytest.raises(CommandError, match="Name the FILE") as refused:
        command("import_accounts", "--map", "external_id=account")
    assert refused.value.returncode == 2


def test_a_file_that_is_not_there_is_a_wrong_argument(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file") as refused:
        command("import_accounts", tmp_path / "none.csv")
    assert refused.value.returncode == 2


def test_strict_imports_nothing_and_says_so(file: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        command("import_accounts", file, "--map", "external_id=account", "--strict")
    assert ended.value.code == 1
    assert not Account.objects.exists()


def test_as_of_is_the_time_of_what_is_recorded(tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_text("external_id;email\n1;a@one.example\n")
    command("import_leads", leads, "--delimiter", ";", "--set", "consent_email=yes", "--as-of", "2018-01-01")
    consent = ConsentRecord.objects.get()
    assert (consent.recorded_at.year, consent.source) == (2018, "leads.csv")
    optouts = tmp_path / "optouts.csv"
    optouts.write_text("email\na@one.example\n")
    command("import_optouts", optouts, "--as-of", "2018-02-01T10:00:00Z")
    assert Suppression.objects.get().at.month == 2


def test_every_export_has_a_header_that_its_import_takes(tmp_path: Path) -> None:
    for kind in ("accounts", "contacts", "customers", "leads", "touches", "optouts"):
        path = tmp_path / f"{kind}.csv"
        _, err = command(f"export_{kind}", "--csv", path)
        assert err == f"0 {kind} written\n"
        assert command(f"import_{kind}", path)[0] == "created 0 updated 0 unchanged 0 refused 0\n"
        assert command(f"export_{kind}")[0] == path.read_bytes().decode()
    assert not Lead.objects.exists()


@pytest.mark.trial
def test_a_large_file_is_read_in_bounded_memory(tmp_path: Path) -> None:
    import tracemalloc

    from contacts.importing.reading import Table

    path = tmp_path / "large.csv"
    with path.open("w") as file:
        file.write("external_id,name\n")
        for number in range(200_000):
            file.write(f"{number},{'x' * 90}\n")
    tracemalloc.start()
    with path.open("rb") as stream:
        rows = sum(1 for _ in Table(stream).rows())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == 200_000
    assert peak < 2_000_000
