"""How well the rules sort the answers in a file, as docs/replies.md shows it.

`python -m tests.outreach.replies.measuring` writes the tables into the docs anew.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from outreach.rules.replies import sort
from outreach.states import ReplyLabel

HERE = Path(__file__).parent
DOCS = Path(__file__).parents[3] / "docs" / "replies.md"
FILES = {"corpus": "corpus.csv", "first": "held_out.csv", "second": "held_out_2.csv", "third": "held_out_3.csv"}
TODAY = date(2026, 5, 20)


@dataclass(frozen=True, slots=True)
class Case:
    text: str
    label: str
    language: str
    note: str


@dataclass(slots=True)
class Measured:
    """What was meant and what it was taken for. ``wrong`` are those that differ."""

    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[tuple[Case, str]] = field(default_factory=list)

    @property
    def accuracy(self) -> float:
        return sum(count for (meant, found), count in self.pairs.items() if meant == found) / self.pairs.total()

    @property
    def recall_of_opt_outs(self) -> float:
        meant = sum(count for (label, _), count in self.pairs.items() if label == ReplyLabel.OPT_OUT)
        return self.pairs[ReplyLabel.OPT_OUT, ReplyLabel.OPT_OUT] / meant

    @property
    def questions_taken_for_opt_outs(self) -> int:
        return self.pairs[ReplyLabel.QUESTION, ReplyLabel.OPT_OUT]

    def table(self) -> str:
        """Rows: what was meant. Columns: what it was taken for."""
        labels = ReplyLabel.values
        lines = [f"| meant ↓ taken for → | {' | '.join(labels)} |", f"|---|{'---:|' * len(labels)}"]
        for meant in labels:
            cells = [str(self.pairs[meant, found] or "·") for found in labels]
            lines.append(f"| {meant} | {' | '.join(cells)} |")
        return "\n".join(lines)


def cases(name: str) -> list[Case]:
    with (HERE / FILES[name]).open(encoding="utf-8", newline="") as stream:
        return [Case(**row) for row in csv.DictReader(stream)]


def measure(name: str) -> Measured:
    measured = Measured()
    for case in cases(name):
        found = str(sort(case.text, channel="sms" if case.note == "sms" else "email", today=TODAY).label)
        measured.pairs[case.label, found] += 1
        if found != case.label:
            measured.wrong.append((case, found))
    return measured


def written(name: str, docs: str) -> str:
    """The table that the docs show for this file."""
    return docs.partition(f"<!-- table: {name} -->\n")[2].partition("\n<!-- end -->")[0]


def main() -> None:
    docs = DOCS.read_text(encoding="utf-8")
    for name in FILES:
        docs = docs.replace(
            f"<!-- table: {name} -->\n{written(name, docs)}\n<!-- end -->",
            f"<!-- table: {name} -->\n{measure(name).table()}\n<!-- end -->",
        )
    DOCS.write_text(docs, encoding="utf-8")


if __name__ == "__main__":
    main()
