"""The command as somebody at a terminal meets it, and the rows exactly as they are specified."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Arrival
from retention.models import Score, ScoreChange
from tests.retention.making import NOW, active, ago, did, draft, everything, make_customer, refreshed

pytestmark = pytest.mark.django_db
AS_OF = NOW.isoformat()
HEADER = "customer,total,band,recency,frequency,payment,engagement,support,reasons"


def run(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("score_customers", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def refused(*arguments: str) -> tuple[str, int]:
    with pytest.raises(CommandError) as problem:
        run(*arguments)
    return str(problem.value), problem.value.returncode


@pytest.fixture
def world() -> None:
    active(make_customer(external_id="b2"))
    gone = make_customer(external_id="B1")
    did(gone, "visit_logged", *range(42, 160, 3))
    did(gone, "payment_failed", 3)
    make_customer(external_id="é3")
    make_customer(external_id="a,4", churned_on=ago(3).date())
    make_customer(external_id='a"5')


def test_rows_are_exactly_as_specified(world: None) -> None:
    out, err = run("--as-of", AS_OF, "--csv", "-")
    assert out.split("\n") == [
        HEADER,
        "B1,80,High,30,25,25,0,0,quiet_30d|visits_down_75|payment_failed",
        '"a""5",30,Low,30,0,0,0,0,quiet_30d|thin_baseline|no_events',
        "b2,0,Low,0,0,0,0,0,",
        "é3,30,Low,30,0,0,0,0,quiet_30d|thin_baseline|no_events",
        "",
    ]
    assert err == "4 customers scored: High 1, Low 3. 4 changed.\n"


def test_a_file_gets_the_rows_and_standard_output_the_summary(world: None, tmp_path: Path) -> None:
    rows = run("--as-of", AS_OF, "--csv", "-")[0]
    out, err = run("--as-of", AS_OF, "--csv", str(tmp_path / "scores.csv"))
    assert (out, err) == ("4 customers scored: High 1, Low 3. 0 changed.\n", "")
    assert (tmp_path / "scores.csv").read_text(encoding="utf-8") == rows
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]


def test_scores_are_stored_once(world: None) -> None:
    run("--as-of", AS_OF)
    assert (Score.objects.count(), ScoreChange.objects.count()) == (4, 4)
    before = everything()
    assert run("--as-of", AS_OF) == ("4 customers scored: High 1, Low 3. 0 changed.\n", "")
    refreshed()
    assert everything() == before


def test_a_dry_run_gives_the_same_rows_and_writes_nothing(world: None) -> None:
    out, err = run("--as-of", AS_OF, "--csv", "-", "--dry-run")
    assert "Nothing was written: this was a dry run." in err
    assert not Score.objects.exists()
    assert Arrival.objects.exists()
    assert run("--as-of", AS_OF, "--csv", "-")[0] == out


def test_only_the_customers_named(world: None) -> None:
    out, _ = run("--as-of", AS_OF, "--csv", "-", "--customer", "b2", "--customer", "B1", "--customer", "b2")
    assert [line.split(",")[0] for line in out.splitlines()] == ["customer", "B1", "b2"]
    assert set(Score.objects.values_list("customer__external_id", flat=True)) == {"B1", "b2"}
    assert run("--customer", "a,4", "--as-of", AS_OF) == ("0 customers scored. 0 changed.\n", "")


def test_an_earlier_moment_is_shown_and_does_not_replace_a_newer_score(world: None) -> None:
    run("--as-of", AS_OF)
    before = everything()
    out, err = run("--as-of", ago(60).isoformat(), "--csv", "-", "--customer", "B1", "--customer", "b2")
    assert "B1,0,Low,0,0,0,0,0," in out
    assert "2 have a newer score already, which was kept." in err
    assert everything() == before


def test_a_moment_to_come_is_only_shown(world: None) -> None:
    later = (datetime.now(UTC) + timedelta(days=400)).isoformat()
    _, err = run("--as-of", later, "--csv", "-")
    assert "Nothing was written: scores of a moment to come are only shown." in err
    assert not Score.objects.exists()


def test_everybody_by_a_draft_writes_nothing(world: None) -> None:
    version = draft(payment_weight="0.5", plans=["nobody has this"])
    out, err = run("--as-of", AS_OF, "--csv", "-", "--model", version.name)
    assert "B1,68,Medium,30,25,13,0,0," in out
    assert len(out.splitlines()) == 5
    assert f"Nothing was written: this was {version.name}, to look at." in err
    assert not Score.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence", "code"),
    [
        (["--customer", "nobody"], "There is no customer nobody.", 1),
        (["--model", "at-risk-v9"], "There is no score model at-risk-v9. There are: at-risk-v1,", 1),
        (["--model", "at-risk"], "There is no score model at-risk.", 1),
        (["--as-of", "yesterday"], "--as-of takes an ISO date or time", 2),
        (["--csv", "/no/such/folder/scores.csv"], "No such file or directory", 2),
    ],
)
def test_what_cannot_be_is_refused_in_words(arguments: list[str], sentence: str, code: int) -> None:
    said, returned = refused(*arguments)
    assert sentence in said
    assert returned == code


def test_the_number_of_queries_does_not_grow_with_the_rows() -> None:
    def queries(**made: Any) -> int:
        for _ in range(made["more"]):
            did(make_customer(), "visit_logged", 20)
        with CaptureQueriesContext(connection) as captured:
            run("--as-of", AS_OF, "--csv", "-", "--dry-run")
        return len(captured)

    assert queries(more=1) == queries(more=12)


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """The command in a process of its own, on the database of the tests."""
    name = connection.settings_dict["NAME"]
    script = (
        "import sys, django\n"
        "from django.conf import settings\n"
        f"settings.DATABASES['default']['NAME'] = {str(name)!r}\n"
        "django.setup()\n"
        "from django.core.management import execute_from_command_line\n"
        "execute_from_command_line(['manage.py', 'score_customers', *sys.argv[1:]])\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.trial
@pytest.mark.django_db(transaction=True)
def test_exit_codes_and_streams_of_the_process() -> None:
    active(make_customer(external_id="K1"))
    done = start("--as-of", AS_OF, "--csv", "-")
    out, err = done.communicate(timeout=60)
    assert (done.returncode, out) == (0, f"{HEADER}\nK1,0,Low,0,0,0,0,0,\n")
    assert err == "1 customers scored: Low 1. 1 changed.\n"
    for wrong, code, sentence in (
        (start("--as-of", "yesterday"), 2, "takes an ISO date or time"),
        (start("--no-such-option"), 2, "unrecognized arguments"),
        (start("--customer", "nobody"), 1, "There is no customer nobody"),
    ):
        out, err = wrong.communicate(timeout=60)
        assert (wrong.returncode, out) == (code, "")
        assert sentence in err
        assert "Traceback" not in err


@pytest.mark.trial
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_seen_enough_is_no_error(unbuffered: str) -> None:
    make_customer()
    running = start("--as-of", AS_OF, "--dry-run", "--csv", "-", PYTHONUNBUFFERED=unbuffered)
    assert running.stdout is not None
    running.stdout.close()
    assert running.stderr is not None
    assert running.stderr.read() == ""
    assert running.wait(timeout=60) == 0
