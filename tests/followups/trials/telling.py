"""The outcome of a run in words, and what must hold of it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from tests.followups.trials.quarter import Told

#: The goal of the source's pilot: nine of ten silent leads with an end.
GOAL = 0.9
#: Of the curve, one day in so many is printed.
EVERY = 7


def report(told: Told) -> list[str]:
    """Tables, as Markdown."""
    lines = ["", "| day | silent so far | with an end | share |", "|---|---|---|---|"]
    shown = [*islice(told.curve, 0, None, EVERY)]
    if told.curve and told.curve[-1] not in shown:
        shown.append(told.curve[-1])
    lines += [f"| {one.day} | {one.rate.total} | {one.rate.count} | {one.rate.words} |" for one in shown]
    lines += _table("end", "leads", told.ends.most_common())
    lines += _table("what happened", "times", sorted(told.did.items()))
    lines += ["", "| messages | sent | answered | said no | opted out |", "|---|---|---|---|---|"]
    lines += [
        f"| {one.key or one.by} | {one.sent} | {one.answers} | {one.said_no} | {one.opted_out} |"
        for one in told.outcomes
    ]
    done, total = told.within_30_days
    days_open = f", for {told.open[0]} to {told.open[-1]} days" if told.open else ""
    return [
        *lines,
        "",
        f"{told.simulated} leads were simulated, {len(told.simulated_otherwise)} of them then got something else.",
        f"{told.silent} leads fell silent; {told.prospects} prospects were never written to, so never silent.",
        f"Of {total} silent for 30 days or more, {done} had an end within 30 days.",
        f"{len(told.open)} were open at the end{days_open}; {len(told.open_later)} on {told.open_later_on}.",
        f"{told.won_after_no_response} ended without a response here, and are won in the CRM.",
        f"{len(told.repeated)} messages without a reason of their own.",
    ]


def failings(told: Told) -> list[str]:
    """What should hold and does not, one sentence each."""
    done, total = told.within_30_days
    rules = (
        (told.simulated and not told.simulated_otherwise, "The first sweep was not what the simulation said."),
        (not told.repeated, "Two messages to one lead rest on the same reason, or one on none."),
        (not told.after_a_stop, f"{told.after_a_stop} messages left after their contact had said stop."),
        (not told.problems, f"A draft could not be approved: {'; '.join(told.problems[:3])}"),
        (total and done >= GOAL * total, f"Only {done} of {total} silent leads had an end within 30 days."),
        (not [days for days in told.open if days > MOST_DAYS], f"A lead is open for more than {MOST_DAYS} days."),
        (not told.open_later, f"Leads without an end: {', '.join(told.open_later[:5])}"),
        (told.ends.total() == told.silent, "A silent lead is missing."),
    )
    return [sentence for holds, sentence in rules if not holds]


#: The cadence lasts 45 days from the opening of the silence; whoever comes back from being put off begins anew.
MOST_DAYS = 45 + 21


def _table(first: str, second: str, rows: Iterable[tuple[str, int]]) -> list[str]:
    return ["", f"| {first} | {second} |", "|---|---|", *(f"| {name} | {number} |" for name, number in rows if number)]
