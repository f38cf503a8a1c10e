"""The file of a cadence: what is written is read again, and anything else is refused at its place."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followups.rules import (
    DEFAULT_CADENCE,
    CadenceFile,
    CadenceRules,
    Segment,
    StepRules,
    Waits,
    read_cadence_file,
    write_cadence_file,
)
from followups.states import ReasonKind, ReviewPolicy, StepKind

PLAIN = CadenceFile("default", "Comes with it.", DEFAULT_CADENCE)
TEXT = write_cadence_file(PLAIN)

small = st.integers(1, 400)
names = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=","), min_size=1, max_size=20).filter(
    lambda name: bool(name.strip())
)
lists = st.lists(names, max_size=3).map(tuple)
amounts = st.decimals(0, 10**11, places=2)


@st.composite
def files(draw: st.DrawFn) -> CadenceFile:
    """Any cadence that may be published, as a file would hold it."""
    follow_ups = draw(st.integers(1, 4))
    channels = tuple(draw(st.permutations(["email", "sms", "push"]))[: draw(st.integers(1, 3))])
    words = sorted((draw(small) for _ in range(follow_ups + 1)), reverse=True)
    pressures = sorted((draw(st.integers(1, 3)) for _ in range(follow_ups + 1)), reverse=True)
    steps = tuple(
        StepRules(
            position=number,
            kind=StepKind.CLOSE_LOOP if number > follow_ups else StepKind.FOLLOW_UP,
            angle=draw(names),
            word_limit=words[number - 1],
            pressure=pressures[number - 1],
            reason_kinds=tuple(draw(st.sets(st.sampled_from(ReasonKind.values)))),
            channel=draw(st.none() | st.sampled_from(channels)),
            review_policy=draw(st.sampled_from(ReviewPolicy.values)),
        )
        for number in range(1, follow_ups + 2)
    )
    low = draw(st.none() | amounts)
    gap = draw(st.integers(0, 50))
    rules = CadenceRules(
        name=draw(st.from_regex(r"[-a-zA-Z0-9_]{1,60}", fullmatch=True)),
        version=1,
        channels=channels,
        steps=steps,
        max_attempts=follow_ups,
        max_days=draw(small),
        waits=Waits(**{one.name: draw(st.integers(0, 400)) for one in fields(Waits)}),
        min_gap_days=gap,
        patience_days=draw(st.integers(0, 400)),
        high_value_threshold=draw(amounts),
        allow_existing_customers=draw(st.booleans()),
        segment=Segment(
            stages=tuple(draw(st.sets(st.sampled_from(["new", "qualified", "proposal", "negotiation"])))),
            territories=draw(lists),
            sources=draw(lists),
            tags=draw(lists),
            value_from=low,
            value_below=None if low is None else draw(st.none() | st.just(low + 1)),
        ),
        nurture_every_days=gap + draw(small),
        nurture_most=draw(st.integers(0, 10)),
        recycle_after_days=draw(st.just(0) | st.integers(gap + 1, 500)),
        recycle_most=draw(st.integers(1, 5)),
    )
    templates = {step.position: draw(names) for step in steps if draw(st.booleans())}
    return CadenceFile(rules.name, draw(st.just("") | names), rules, templates)


@settings(max_examples=40)
@given(files())
def test_every_cadence_is_read_as_it_was_written(file: CadenceFile) -> None:
    text = write_cadence_file(file)
    read = read_cadence_file(text)
    assert read == file
    assert isinstance(read, CadenceFile)
    assert write_cadence_file(read) == text


@settings(max_examples=25)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner)))
def test_no_value_at_any_place_makes_it_fail(value: Any) -> None:
    """Whatever stands where something else should, the answer is a file or sentences."""
    for name in json.loads(TEXT):
        read_cadence_file(json.dumps(json.loads(TEXT) | {name: value}))
        read_cadence_file(json.dumps({name: value, "format": 1}))


def test_a_change_shows_as_the_line_that_changed() -> None:
    changed = write_cadence_file(replace(PLAIN, rules=replace(DEFAULT_CADENCE, max_days=30)))
    differ = [(a, b) for a, b in zip(TEXT.splitlines(), changed.splitlines(), strict=True) if a != b]
    assert differ == [('  "max_days": 45,', '  "max_days": 30,')]
    assert TEXT.endswith("}\n")


def changed(**changes: Any) -> str:
    """The text of the default's file with other values: `steps__2__pressure=3` and the like; `...` takes one out."""
    content = json.loads(TEXT)
    for place, value in changes.items():
        *way, last = (int(part) if part.isdigit() else part for part in place.split("__"))
        target = content
        for part in way:
            target = target[part]
        if value is ...:
            del target[last]
        else:
            target[last] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        ("{\n  no", "line 2", "not JSON from column 3"),
        ("[]", "the file", "no cadence file"),
        ('{"a": 1, "a": 2}', "a", "stands twice"),
        ('{"format": NaN}', "the file", "NaN is no number"),
        ("[" * 100_000, "the file", "no cadence file"),
        ('{"format": ' + "9" * 5000 + "}", "the file", "no cadence file"),
        (changed(format=2), "format", "Only format 1"),
        (changed(format=...), "format", "Only format 1"),
        (changed(max_dayz=3), "max_dayz", "Did you mean “max_days”?"),
        (changed(colour=3), "colour", "Take it out"),
        (changed(max_days=...), "max_days", "missing"),
        (changed(max_days="45"), "max_days", "whole number"),
        (changed(max_days=True), "max_days", "whole number"),
        (changed(max_days=40_000), "max_days", "from 0 to 32767"),
        (changed(high_value_threshold="lots"), "high_value_threshold", "an amount"),
        (changed(high_value_threshold="1e9"), "high_value_threshold", "an amount"),
        (changed(high_value_threshold=None), "high_value_threshold", "an amount"),
        (changed(allow_existing_customers="no"), "allow_existing_customers", "true or false"),
        (changed(channels=["email", "fax"]), "channels", "no channel “fax”"),
        (changed(channels="email"), "channels", "square brackets"),
        (changed(name="two words"), "name", "letters, digits"),
        (changed(description="x\u0000"), "description", "one line"),
        (changed(waits=3), "waits", "in braces"),
        (changed(waits__no_reply=-1), "waits.no_reply", "whole number"),
        (changed(segment__stages=["won"]), "segment.stages", "are over"),
        (changed(segment__stages=["maybe"]), "segment.stages", "not a stage"),
        (changed(segment__territories=["A, B"]), "segment.territories", "no comma"),
        (changed(segment__value_from="5", segment__value_below="5"), "segment.value_below", "more than the value"),
        (changed(steps__1__word_limit=95), "steps.2.word_limit", "must not be longer"),
        (changed(steps__1__pressure=3, steps__0__pressure=2), "steps.2.pressure", "must not press harder"),
        (changed(steps__2__kind="sing"), "steps.3.kind", "not a kind of step"),
        (changed(steps__0__reason_kinds=["boredom"]), "steps.1.reason_kinds", "not a useful reason"),
        (changed(steps__0__template=7), "steps.1.template", "in quotes"),
        (changed(steps__0__mood="good"), "steps.1.mood", "not known here"),
        (changed(steps__2=...), "steps", "Add a close-loop step"),
        (changed(recycle_after_days=60, recycle_most=9), "recycle_most", "for ever"),
        (changed(nurture_every_days=3), "nurture_every_days", "slower than following up"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(text: str, place: str, sentence: str) -> None:
    found = read_cadence_file(text)
    assert isinstance(found, list)
    assert [problem.sentence for problem in found if problem.place == place and sentence in problem.sentence], found


def test_amounts_may_be_numbers_too() -> None:
    read = read_cadence_file(changed(high_value_threshold=2500.5))
    assert isinstance(read, CadenceFile)
    assert read.rules.high_value_threshold == Decimal("2500.50")
