"""Which leads a cadence is for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Segment:
    """Everything given must hold; within a list any one entry is enough. Names are compared without case.

    ``value_from`` is included, ``value_below`` is not; a lead without a value is in neither.
    """

    stages: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    value_from: Decimal | None = None
    value_below: Decimal | None = None

    def __bool__(self) -> bool:
        """Whether it says anything."""
        lists = self.stages or self.territories or self.sources or self.tags
        return bool(lists) or self.value_from is not None or self.value_below is not None


@dataclass(frozen=True, slots=True)
class Described:
    """What a segment looks at in one lead."""

    stage: str
    territory: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    value: Decimal | None = None


def takes_in(segment: Segment, lead: Described) -> bool:
    """Whether the lead belongs to the segment. An empty segment takes in everybody."""
    if segment.stages and lead.stage not in segment.stages:
        return False
    if segment.territories and _name(lead.territory) not in _names(segment.territories):
        return False
    if segment.sources and _name(lead.source) not in _names(segment.sources):
        return False
    if segment.tags and not _names(segment.tags) & _names(lead.tags):
        return False
    if segment.value_from is None and segment.value_below is None:
        return True
    if lead.value is None or not lead.value.is_finite():
        return False
    if segment.value_from is not None and lead.value < segment.value_from:
        return False
    return segment.value_below is None or lead.value < segment.value_below


def could_share_a_lead(one: Segment, other: Segment) -> bool:
    """Whether some lead could belong to both. Tags never keep two apart: a lead may have both."""
    for ours, theirs in (
        (one.stages, other.stages),
        (one.territories, other.territories),
        (one.sources, other.sources),
    ):
        if ours and theirs and not _names(ours) & _names(theirs):
            return False
    lowest = max((low for low in (one.value_from, other.value_from) if low is not None), default=None)
    highest = min((high for high in (one.value_below, other.value_below) if high is not None), default=None)
    return lowest is None or highest is None or lowest < highest


def what_they_share(one: Segment, other: Segment) -> Segment | None:
    """The segment of the leads that belong to both; None when there can be none."""
    if not could_share_a_lead(one, other):
        return None
    lows = [low for low in (one.value_from, other.value_from) if low is not None]
    highs = [high for high in (one.value_below, other.value_below) if high is not None]
    return Segment(
        stages=_both(one.stages, other.stages),
        territories=_both(one.territories, other.territories),
        sources=_both(one.sources, other.sources),
        tags=tuple(dict.fromkeys((*one.tags, *other.tags))),
        value_from=max(lows, default=None),
        value_below=min(highs, default=None),
    )


def say_segment(segment: Segment) -> str:
    """A segment in words that finish a sentence beginning with “leads”: “in stage proposal, in territory Central”."""
    parts = [
        f"{word} {' or '.join(names)}"
        for word, names in (
            ("in stage", segment.stages),
            ("in territory", segment.territories),
            ("from", segment.sources),
            ("tagged", segment.tags),
        )
        if names
    ]
    if segment.value_from is not None:
        parts.append(f"worth {segment.value_from:,.2f} or more")
    if segment.value_below is not None:
        parts.append(f"worth less than {segment.value_below:,.2f}")
    return ", ".join(parts) or "of every kind"


def _both(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    """The names in both lists, as the first one writes them; an empty list is every name."""
    if not ours or not theirs:
        return ours or theirs
    wanted = _names(theirs)
    return tuple(name for name in ours if _name(name) in wanted)


def _name(text: str) -> str:
    return " ".join(text.split()).casefold()


def _names(texts: tuple[str, ...]) -> set[str]:
    return {_name(text) for text in texts}
