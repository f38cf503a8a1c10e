"""When two names are suspected to be one person's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.likeness import (
    NEIGHBOURS,
    SUSPECTED_FROM,
    WHOLE_GROUP,
    Pair,
    Person,
    alike,
    comparable,
    likeness,
    plain,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Marta Lindqvist", "marta lindqvist"),
        ("LINDQVIST, Marta", "lindqvist marta"),
        ("Dr. Marta  Lindqvist, PhD", "marta lindqvist"),
        ("José Núñez-García", "jose nunez garcia"),
        ("Søren Weiß", "soren weiss"),
        ("Łukasz_Nowak", "lukasz nowak"),
        ("李 小龙", "李 小龙"),
        ("𝓐𝓭𝓪 Ｂyron", "ada byron"),
        (" … ", ""),
        ("", ""),
    ],
)
def test_names_are_compared_without_what_does_not_matter(name: str, expected: str) -> None:
    assert plain(name) == expected


@pytest.mark.parametrize(
    ("one", "other", "suspected"),
    [
        ("Marta Lindqvist", "Lindqvist, Marta", True),
        ("Marta Lindqvist", "Martha Lindqvist", True),
        ("Jon Smith", "John Smith", True),
        ("Katherine Jones", "Catherine Jones", True),
        ("Søren Weiß", "Soren Weiss", True),
        ("Prof. Ada Byron", "Ada Byron", True),
        ("Anna Berg", "Anja Berg", False),
        ("Peter Schmidt", "Petra Schmidt", True),  # two people; a person sees that at once
        ("Marta Lindqvist", "Marta Lundgren", False),
        ("Marta", "Marta", False),
        ("", "", False),
        ("Li", "Li", False),
    ],
)
def test_who_is_suspected(one: str, other: str, suspected: bool) -> None:
    pairs = list(alike([Person(plain(one), 1), Person(plain(other), 2)]))
    assert bool(pairs) is suspected
    if pairs:
        assert pairs == [Pair(1, 2, likeness(plain(one), plain(other)))]
        assert pairs[0].likeness >= SUSPECTED_FROM


@given(st.text(), st.text())
def test_likeness_is_symmetric_and_in_bounds(one: str, other: str) -> None:
    found = likeness(plain(one), plain(other))
    assert found == likeness(plain(other), plain(one))
    assert 0 <= found <= 100
    assert plain(plain(one)) == plain(one)


@given(st.lists(st.text("abc ", max_size=12), max_size=30))
def test_every_pair_comes_once_and_in_order(names: list[str]) -> None:
    people = [Person(plain(name), number) for number, name in enumerate(names)]
    found = list(alike(people))
    assert len({(pair.first, pair.second) for pair in found}) == len(found)
    for pair in found:
        assert pair.first < pair.second
        assert comparable(people[pair.first].name)


def test_a_large_group_is_work_for_its_size_and_finds_the_same_name_and_slips_at_either_end() -> None:
    size = WHOLE_GROUP * 40
    people = [
        Person(plain(f"{chr(97 + n % 26) * 3}{n:05d} {chr(97 + n // 26 % 26) * 3}{n * 7919 % 99991:05d}"), n)
        for n in range(size)
    ]
    people += [Person(plain("Quentin Zabriskie"), size + 1), Person(plain("Zabriskie Quentin"), size + 2)]
    people += [Person(plain("Uentin Zabriskie"), size + 3)]
    found = {(pair.first, pair.second) for pair in alike(people)}
    assert {(size + 1, size + 2), (size + 1, size + 3)} <= found
    assert size > WHOLE_GROUP > NEIGHBOURS
