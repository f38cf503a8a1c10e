"""Finding people and companies by the beginnings of the words of their names, by index, however many there are."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.contrib.postgres.search import SearchVectorField
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value

Rows = TypeVar("Rows", bound=QuerySet[Any])

#: Between these PostgreSQL would see addresses, paths, marks and fractions; for a name they only part words.
_PARTING = "._-/@:+~<>&'’\\"
#: In whole texts people use these as well. Names keep to the shorter list, which their indexes are made with.
_PARTING_TEXTS = f"{_PARTING}“”„‚‘«»‹›…–—·•*#|=()[]{{}}"
#: So many rows found are looked up by index and then put in order. Of more, the first in order are soon met by reading
#: in that order and looking at each name.
FEW = 2_000


def words_of(*names: str) -> Func:
    """The words of text fields, in lower case, as PostgreSQL indexes them. Indexes and searches must both use this."""
    parting = _parting(names)
    text: Any = F(names[0])
    for name in names[1:]:
        text = Func(text, F(name), arg_joiner=" || ' ' || ", template="%(expressions)s")
    return Func(
        Func(text, Value(parting), Value(" " * len(parting)), function="translate"),
        template="to_tsvector('simple', %(expressions)s)",
        output_field=SearchVectorField(),
    )


def search_names(
    rows: Rows,
    text: str,
    *,
    fields: tuple[str | tuple[str, ...], ...],
    among: QuerySet[Any],
    also: Q | None = None,
    few: int = FEW,
) -> Rows:
    """Those of ``rows`` in which each word of the text begins a word of the same one of the fields.

    Fields that one index holds together, such as the parts of a letter, stand together and count as one.
    ``among`` are the rows that the index of each field covers. ``also`` names rows that are found in another way. Marks
    part words and nothing else; a text without any word finds nothing.
    """
    ways: list[Any] = []
    wanted: dict[str, str] = {}
    for names in ((field,) if isinstance(field, str) else field for field in fields):
        parting = _parting(names)
        if parting not in wanted:
            wanted[parting] = _beginnings(text, parting)
        if wanted[parting]:
            ways.append(_matches(names, wanted[parting]))
    ways += [also] if also is not None else []
    if not ways:
        return rows.none()
    found = [among.filter(way).order_by().values("pk") for way in ways]
    if found[0].union(*found[1:], all=True)[: few + 1].count() <= few:
        return rows.filter(pk__in=found[0].union(*found[1:]))
    return rows.filter(reduce(or_, (Q(way) for way in ways)))


def _parting(names: tuple[str, ...]) -> str:
    """What parts words in fields that one index holds: in names less than in the parts of a whole text."""
    return _PARTING if len(names) == 1 else _PARTING_TEXTS


def _matches(names: tuple[str, ...], wanted: str) -> Func:
    query = Func(Value(wanted), template="%(expressions)s::tsquery")
    return Func(words_of(*names), query, template="%(expressions)s", arg_joiner=" @@ ", output_field=BooleanField())


def _beginnings(text: str, parting: str) -> str:
    """A query for every word of the text as the beginning of a word; empty where there is none.

    PostgreSQL takes the text apart itself, so that words typed and words indexed are always the same.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(string_agg(quote_literal(lexeme) || ':*', ' & '), '')"
            " FROM unnest(to_tsvector('simple', translate(%s, %s, %s)))",
            [text.replace("\0", " "), parting, " " * len(parting)],
        )
        [(query,)] = cursor.fetchall()
    return str(query)
