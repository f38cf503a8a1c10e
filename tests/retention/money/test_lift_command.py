"""`manage.py lift`: the worked example to the cent, and refusals in words."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from retention.management.commands.lift import Command


def lift(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("lift", *arguments, stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def options(**changed: str) -> list[str]:
    given = {"treated": "180/2000", "control": "110/2000", "revenue": "45", "cost": "700"} | changed
    return [f"--{name}={value}" for name, value in given.items()]


def test_the_worked_example() -> None:
    answer = lift("--treated", "180/2000", "--control", "110/2000", "--revenue", "45", "--cost", "700")
    expected = {
        "treated_percent": 9,
        "control_percent": 5.5,
        "lift_points": 3.5,
        "lift_interval_points": [1.9, 5.1],
        "incremental_conversions": 70,
        "revenue": 3150,
        "cost": 700,
        "net": 2450,
        "roi": 3.5,
        "roi_interval": [1.44, 5.58],
        "net_per_conversion": 35,
        "payback_days": 7,
        "sure": True,
    }
    assert {name: answer[name] for name in expected} == expected
    assert answer["sentence"].startswith("Of 100 customers we wrote to, 9.0 came back; of 100 we left alone, 5.5 did.")


def test_arms_of_different_size() -> None:
    answer = lift(*options(control="55/1000"))
    assert (answer["incremental_conversions"], answer["net"], answer["roi"]) == (70, 2450, 3.5)
    assert answer["lift_interval_points"] == [1.5, 5.3]


def test_no_cost_has_no_roi_and_says_why() -> None:
    answer = lift(*options(cost="0"))
    assert answer["roi"] is None
    assert answer["roi_interval"] is None
    assert "no cost" in answer["roi_reason"]


def test_nobody_of_some_is_a_count_like_any_other() -> None:
    answer = lift(*options(control="0/2000"))
    assert answer["incremental_conversions"] == 180
    assert answer["relative_lift_percent"] is None


def test_what_shows_nothing_says_so() -> None:
    answer = lift(*options(treated="115/2000"))
    assert answer["sure"] is False
    assert answer["sentence"].startswith("It is not shown that this helps.")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"control": "0/0"}, "group of nobody"),
        ({"control": "110/0"}, "group of nobody"),
        ({"treated": "180/100"}, "more came back than there were"),
        ({"treated": "-180/2000"}, "below nought"),
        ({"treated": "180"}, "is no count"),
        ({"treated": "many/2000"}, "is no count"),
        ({"treated": "1.5/2000"}, "is no count"),
        ({"treated": "1/99999999999999999999"}, "more customers than there can be"),
        ({"revenue": "-45"}, "below nought"),
        ({"revenue": "NaN"}, "is no amount"),
        ({"cost": "1e9"}, "is no amount"),
        ({"cost": "-700"}, "below nought"),
        ({"cost": "99999999999999"}, "more than anybody pays"),
        ({"days": "0"}, "number of days"),
    ],
)
def test_bad_input_is_refused_in_words_with_exit_2(
    changed: dict[str, str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("lift", *options(**changed))
    parser = Command().create_parser("manage.py", "lift")
    parser.called_from_command_line = True
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(options(**changed))
    assert ended.value.code == 2
    assert words in capsys.readouterr().err
