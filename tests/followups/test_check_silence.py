"""The command as somebody at a terminal meets it."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from contacts import services as contacts
from followups import services
from followups.rules import CSV_COLUMNS
from tests.followups.making import ago, everything_written, make_account, make_lead

pytestmark = pytest.mark.django_db
AS_OF = "2026-05-13T12:00:00+00:00"


def check(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("check_silence", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_rows_on_standard_output_and_words_on_standard_error() -> None:
    make_lead(external_id="b2")
    make_lead(external_id="B1", owner=None)
    out, err = check("--as-of", AS_OF, "--csv", "-")
    assert out.splitlines()[0] == "lead,trigger,decision,reason,attempts,step,due_at,needs_review,review_reasons"
    assert tuple(out.splitlines()[0].split(",")) == CSV_COLUMNS
    assert [tuple(row.values()) for row in rows_of(out)] == [
        ("B1", "unanswered_quote", "intake", "unowned", "0", "", "", "no", ""),
        ("b2", "unanswered_quote", "continue", "quote_unanswered", "0", "1", "2026-05-10T00:00:00+00:00", "yes",
         "first_message"),
    ]  # fmt: skip
    assert err == "2 leads looked at: continue 1, intake 1. 2 changed.\n"


def test_a_file_gets_the_rows_and_standard_output_the_summary(tmp_path: Path) -> None:
    make_lead(external_id="L1")
    out, err = check("--as-of", AS_OF, "--csv", str(tmp_path / "rows.csv"))
    assert out == "1 leads looked at: continue 1. 1 changed.\n"
    assert err == ""
    assert [row["lead"] for row in rows_of((tmp_path / "rows.csv").read_text())] == ["L1"]
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


def test_a_dry_run_gives_the_same_rows_and_writes_nothing() -> None:
    make_lead()
    make_lead(quote_sent_on=None, last_touch_at=ago(60))
    before = everything_written()
    dry, err = check("--as-of", AS_OF, "--dry-run", "--csv", "-")
    assert everything_written() == before
    assert "Nothing was written" in err
    assert check("--as-of", AS_OF, "--csv", "-")[0] == dry
    assert check("--as-of", AS_OF, "--csv", "-") == (dry, err.replace(
        "Nothing was written: this was a dry run.", "0 changed."
    ))  # fmt: skip


def test_a_date_is_its_first_moment() -> None:
    make_lead(external_id="L1")
    second_before = rows_of(check("--as-of", "2026-05-09T23:59:59", "--dry-run", "--csv", "-")[0])
    assert second_before[0]["trigger"] == "no_reply"
    assert rows_of(check("--as-of", "2026-05-10", "--dry-run", "--csv", "-")[0])[0]["trigger"] == "unanswered_quote"
    assert check("--as-of", "2026-05-10", "--dry-run", "--csv", "-") == check(
        "--as-of", "2026-05-10T02:00:00+02:00", "--dry-run", "--csv", "-"
    )


def test_an_opt_out_counts_also_before_it_was_given() -> None:
    lead = make_lead()
    contacts.suppress(contact=lead.contact, channel="all", reason="opted_out", at=ago(0))
    assert rows_of(check("--as-of", "2026-05-11", "--dry-run", "--csv", "-")[0])[0]["decision"] == "stop"


def test_formulas_and_commas_in_ids_are_quoted_not_lost() -> None:
    make_lead(external_id='a,"b"')
    assert rows_of(check("--as-of", AS_OF, "--csv", "-")[0])[0]["lead"] == 'a,"b"'


def test_an_unknown_cadence_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no published cadence called “nope”\. Published are: default") as refused:
        check("--cadence", "nope", "--csv", str(tmp_path / "rows.csv"))
    assert refused.value.returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written: No such file or directory"):
        check("--csv", str(tmp_path / "none" / "rows.csv"))


def test_a_clone_that_allows_customers_is_tried_without_touching_the_default() -> None:
    account = make_account()
    make_lead(account=account, stage="won")
    make_lead(external_id="L1", account=account)
    out = io.StringIO()
    call_command(
        "clone_cadence", "default", "customers-too", "--set", "allow_existing_customers=yes", "--publish", stdout=out
    )
    assert out.getvalue() == "customers-too v1: published.\n"
    ours = rows_of(check("--as-of", AS_OF, "--dry-run", "--csv", "-")[0])
    theirs = rows_of(check("--as-of", AS_OF, "--dry-run", "--cadence", "customers-too", "--csv", "-")[0])
    assert (ours[0]["decision"], theirs[0]["decision"]) == ("intake", "continue")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("allow_existing_customers=maybe", "yes or no"),
        ("max_days", "is not RULE=VALUE"),
        ("max_days=lots", "is a number"),
        ("max_days=1.5", "a whole number"),
        ("colour=3", "no rule “colour”"),
        ("max_attempts=5", "Make the two numbers equal"),
        ("max_attempts=0", "Say after how many attempts to stop"),
        ("channels=email,fax", "no channel “fax”"),
    ],
)
def test_a_clone_that_makes_no_sense_is_refused_whole(change: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("clone_cadence", "default", "odd", "--set", change, "--publish", stdout=io.StringIO())
    with pytest.raises(services.Refused):
        services.published_version("odd")


# --- as a process -------------------------------------------------------------------------------------------------


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """The command in a process of its own, on the test's database."""
    code = (
        "import sys, django; from django.conf import settings; django.setup();"
        f"settings.DATABASES['default']['NAME'] = {connection.settings_dict['NAME']!r};"
        "from django.core.management import execute_from_command_line as run; run(['manage.py', *sys.argv[1:]])"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, "check_silence", "--skip-checks", *arguments],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.trial
@pytest.mark.django_db(transaction=True)
def test_exit_codes_and_streams_of_the_process() -> None:
    make_lead(external_id="L1")
    done = start("--as-of", AS_OF, "--csv", "-")
    out, err = done.communicate(timeout=60)
    assert (done.returncode, len(rows_of(out))) == (0, 1)
    assert err == "1 leads looked at: continue 1. 1 changed.\n"
    for refused, code, sentence in (
        (start("--as-of", "yesterday"), 2, "is not a date or time"),
        (start("--no-such-option"), 2, "unrecognized arguments"),
        (start("--cadence", "nope"), 1, "There is no published cadence"),
    ):
        out, err = refused.communicate(timeout=60)
        assert (refused.returncode, out) == (code, "")
        assert sentence in err
        assert "Traceback" not in err


@pytest.mark.trial
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_seen_enough_is_no_error(unbuffered: str) -> None:
    """Whether it notices at the first row, or when the few rows there are leave together at the end."""
    for _ in range(3):
        make_lead()
    running = start("--as-of", AS_OF, "--dry-run", "--csv", "-", PYTHONUNBUFFERED=unbuffered)
    assert running.stdout is not None
    running.stdout.close()
    assert running.stderr is not None
    assert running.stderr.read() == ""
    assert running.wait(timeout=60) == 0


@pytest.mark.trial
@pytest.mark.django_db(transaction=True)
def test_an_interrupted_run_says_how_far_it_came_and_can_be_repeated() -> None:
    for _ in range(40):
        make_lead()
    # Each row arrives as it is written, so few leads are enough to interrupt it between two of them.
    running = start("--as-of", AS_OF, "--csv", "-", PYTHONUNBUFFERED="1")
    assert running.stdout is not None
    assert running.stdout.readline().startswith("lead,")
    assert running.stdout.readline()
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    if running.returncode == 0:
        pytest.fail("It was done before it could be interrupted: make it longer.")
    assert running.returncode == 1
    assert "Interrupted after" in err
    assert "Traceback" not in err
    out, err = check("--as-of", AS_OF, "--csv", "-")
    assert len(rows_of(out)) == 40
    assert check("--as-of", AS_OF, "--csv", "-")[1].endswith("0 changed.\n")
