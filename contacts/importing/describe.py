"""What an importer says about its kind of file, what a person chooses for one file, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contacts.importing import parsers
from contacts.importing.parsers import Parser, Ways
from contacts.states import Channel
from staff.models import User

if TYPE_CHECKING:
    from contacts.importing.reading import Layout
    from contacts.importing.staging import Staging

#: From the cells of a row to a finished line for COPY. Raises ValueError with the sentence that refuses the row.
MakeLine = Callable[[int, list[str]], str]

#: The types a parsed field can have in the staging table, and what an empty cell is there.
EMPTY_OF_TYPE: dict[str, object] = {"text": "", "date": None, "timestamptz": None, "numeric": None, "boolean": None}


@dataclass(frozen=True)
class Field:
    """One field of a kind of file. ``type`` is its type while it is merged; ``required`` cells may not be empty."""

    name: str
    parser: Callable[[Ways], Parser]
    type: str = "text"
    required: bool = False
    help: str = ""


@dataclass(frozen=True)
class Importer:
    """One kind of file.

    ``keys`` are the fields of which a row needs at least one; ``needs`` are further fields that the file must have.
    ``complete`` may refuse a parsed row (a sentence) or give the values of the ``derived`` columns. ``merge`` makes
    rows of what was staged, by set-based statements, and marks each staged row as created, updated or unchanged.

    ``prepare`` runs first, in the transaction of the import. ``others`` says what the columns that are no field are
    here, where they are taken and not ignored. ``lines`` is for kinds with millions of rows: it gets the layout of a
    file and makes the function that turns a row into a line for COPY; such a line has the ``derived`` columns only, and
    counts as created unless ``merge`` says otherwise. ``merge`` then also runs ANALYZE, on the columns it compares by.
    """

    kind: str
    title: str
    fields: tuple[Field, ...]
    keys: tuple[str, ...]
    merge: Callable[[Staging], None]
    needs: tuple[str, ...] = ()
    derived: Mapping[str, str] = field(default_factory=dict)
    complete: Callable[[dict[str, Any]], str | tuple[object, ...]] | None = None
    prepare: Callable[[], object] | None = None
    others: str = ""
    lines: Callable[[Layout], MakeLine] | None = None

    def field(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.name == name), None)

    @property
    def has_owners(self) -> bool:
        return self.field("owner") is not None

    @property
    def has_accounts(self) -> bool:
        return self.field("account") is not None

    @property
    def has_stages(self) -> bool:
        return self.field("stage") is not None


@dataclass(frozen=True)
class Options:
    """What is chosen for one file. ``mapping`` is field → column, ``constants`` field → text, ``now`` an aware time.

    ``source`` names the file wherever a record must say where it comes from. ``strict`` imports nothing unless every
    row is good.
    """

    now: datetime
    source: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    stage_map: Mapping[str, str] = field(default_factory=dict)
    date_format: str = ""
    delimiter: str = ","
    region: str = "US"
    create_owners: bool = False
    create_accounts: bool = False
    dry_run: bool = False
    strict: bool = False
    by: User | None = None

    def ways(self) -> Ways:
        return Ways(self.date_format, self.region, self.stage_map)


@dataclass
class Report:
    """What came of a file, in rows of it. ``notes`` are counts worth a word, ``refusals`` the first refused lines."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    ignored_columns: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refusals: list[tuple[int, str]] = field(default_factory=list)
    sample: list[dict[str, str]] = field(default_factory=list)
    dry_run: bool = False
    nothing_written: bool = False

    @property
    def rows(self) -> int:
        return self.created + self.updated + self.unchanged + self.refused

    def counts(self) -> str:
        return f"created {self.created} updated {self.updated} unchanged {self.unchanged} refused {self.refused}"

    def summary(self) -> str:
        """One line: the counts first, then whatever else should be known."""
        further = list(self.notes)
        if self.ignored_columns:
            further.insert(0, "ignored columns: " + ", ".join(self.ignored_columns))
        if self.nothing_written:
            further.append("nothing was written, because not every row was good")
        elif self.dry_run:
            further.append("nothing was written, as asked")
        return "; ".join([self.counts(), *further])


def names(fields: Iterable[Field]) -> str:
    return ", ".join(one.name for one in fields)


def person_fields() -> tuple[Field, ...]:
    """The fields about a person that contacts and customers share. Leads have no birthday: it is for playbooks."""
    help_text = "For instance 1990-12-31, or 12-31 where the year is not known"
    return (*contact_fields(), Field("birthday", parsers.birthday, "date", help=help_text))


def contact_fields() -> tuple[Field, ...]:
    """The fields about a person, which contacts, customers and leads share."""
    return (
        Field("name", parsers.words(most=300), help="Full name. Empty leaves the name as it is"),
        Field("email", parsers.email, help="Empty leaves the address as it is; a former address is kept as such"),
        Field("phone", parsers.phone, help="With country code, or of the country set for this installation"),
        Field("timezone", parsers.time_zone, help="For instance Europe/Berlin"),
        Field("locale", parsers.language, help="For instance de-DE"),
        Field("account", parsers.words(most=300), help="External id or name of the account"),
        Field(
            "preferred_channel",
            parsers.one_of(Channel.values, what="channel"),
            help="One of " + ", ".join(Channel.values),
        ),
        Field("consent_email", parsers.consent, help="yes, no, or empty for unknown"),
        Field("consent_sms", parsers.consent, help="yes, no, or empty for unknown"),
        Field(
            "consent_source", parsers.words(most=200), help="Where the consent comes from; else the name of the file"
        ),
    )
