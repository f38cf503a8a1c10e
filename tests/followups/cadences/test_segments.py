"""What two segments share, in words and in the database."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followups import services
from followups.rules import Described, Segment, could_share_a_lead, say_segment, takes_in, what_they_share
from tests.followups.making import make_lead

STAGES = ["new", "qualified", "proposal"]
NAMES = ["Central", "central ", "East", "West"]
lists = st.lists(st.sampled_from(NAMES), max_size=2).map(tuple)
values = st.none() | st.integers(0, 4).map(Decimal)
segments = st.builds(
    Segment,
    stages=st.lists(st.sampled_from(STAGES), max_size=2, unique=True).map(tuple),
    territories=lists,
    sources=lists,
    tags=lists,
    value_from=values,
    value_below=values,
)
described = st.builds(
    Described,
    stage=st.sampled_from(STAGES),
    territory=st.sampled_from(["", *NAMES]),
    source=st.sampled_from(["", *NAMES]),
    tags=lists,
    value=values,
)


@given(segments, segments, described)
def test_who_is_in_both_is_in_what_they_share(one: Segment, other: Segment, lead: Described) -> None:
    shared = what_they_share(one, other)
    assert (shared is not None) == could_share_a_lead(one, other)
    if takes_in(one, lead) and takes_in(other, lead):
        assert shared is not None
        assert takes_in(shared, lead)


@pytest.mark.parametrize(
    ("segment", "words"),
    [
        (Segment(), "of every kind"),
        (
            Segment(stages=("new", "proposal"), territories=("Central",)),
            "in stage new or proposal, in territory Central",
        ),
        (
            Segment(sources=("fair",), tags=("vip",), value_from=Decimal(1000), value_below=Decimal(5000)),
            "from fair, tagged vip, worth 1,000.00 or more, worth less than 5,000.00",
        ),
    ],
)
def test_a_segment_in_words(segment: Segment, words: str) -> None:
    assert say_segment(segment) == words


@pytest.mark.django_db
@settings(max_examples=8)
@given(segments)
def test_the_database_finds_whom_the_rules_take_in(segment: Segment) -> None:
    kinds = [
        Described("new", "Central", "East", ("west", "Central"), Decimal(2)),
        Described("proposal", "east", "", ("EAST",), None),
        Described("qualified", "West", "Central", (), Decimal(0)),
    ]
    leads = {}
    for lead in kinds:
        row = make_lead(stage=lead.stage, territory=lead.territory, source=lead.source, value=lead.value, owner=None)
        type(row).objects.filter(pk=row.pk).update(tags=list(lead.tags))
        leads[row.pk] = lead
    expected = {pk for pk, lead in leads.items() if takes_in(segment, lead)}
    assert set(services.leads_in(segment).filter(pk__in=leads).values_list("pk", flat=True)) == expected
