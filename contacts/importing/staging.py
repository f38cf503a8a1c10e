"""The temporary table between a file and our tables, and the statements that all importers need on it.

Statements are composed with psycopg, from names in our own code only; what comes from a file is data in every one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, LiteralString

from django.db import connection
from psycopg import sql

from contacts.importing.describe import Importer, Options

NOTHING = sql.SQL("")
NO = sql.SQL("false")


def hold_imports() -> None:
    """Until the transaction ends, no other import runs: two at once would each make the same new people."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7203941)")


_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def escaped(text: str) -> str:
    """Text as it stands in a line for COPY."""
    return text.translate(_ESCAPES)


class Staging:
    """The parsed rows of one file, in the table ``import_rows``, while they are merged.

    Columns: ``line``, ``problem`` (empty while the row is good), ``action`` (created, updated or unchanged once merged)
    and every field that the file has. Works inside the transaction of the import only.
    """

    def __init__(self, importer: Importer, options: Options, present: tuple[str, ...]) -> None:
        self.importer = importer
        self.options = options
        self.present = frozenset(present)
        self.columns = present
        self.notes: list[str] = []

    def has(self, name: str) -> bool:
        """Whether the file, or a constant, says anything about this field."""
        return name in self.present

    def run(self, statement: LiteralString, values: Mapping[str, Any] | None = None, **parts: sql.Composable) -> int:
        """Run one statement with its named parts filled in; how many rows it touched."""
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(**parts), values)
            return int(cursor.rowcount)

    def ask(
        self, statement: LiteralString, values: Mapping[str, Any] | None = None, **parts: sql.Composable
    ) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(**parts), values)
            return list(cursor.fetchall())

    def create(self) -> None:
        """Make the table. Settings are for this transaction: many rows are sorted and joined in it."""
        self.run("SET LOCAL work_mem = '64MB'")
        self.run("SET LOCAL jit = off")
        hold_imports()
        for table in ("import_rows", *SCRATCH):
            self.run("DROP TABLE IF EXISTS {table}", table=sql.Identifier("pg_temp", table))
        types = {one.name: one.type for one in self.importer.fields} | dict(self.importer.derived)
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(types[name])) for name in self.columns
        )
        self.run(
            "CREATE TEMP TABLE import_rows"
            " (line bigint NOT NULL, problem text NOT NULL, {columns}, action text {first}) ON COMMIT DROP",
            columns=columns,
            first=sql.SQL("DEFAULT 'created'") if self.importer.lines else NOTHING,
        )

    def copy_in(self, rows: Iterable[tuple[object, ...]]) -> None:
        """Stream parsed rows into the table: line, problem, and the fields in the order of ``columns``."""
        names = sql.SQL(", ").join(sql.Identifier(name) for name in ("line", "problem", *self.columns))
        with (
            connection.cursor() as cursor,
            cursor.copy(sql.SQL("COPY import_rows ({}) FROM STDIN").format(names)) as copy,
        ):
            for row in rows:
                copy.write_row(row)
        self.run("ANALYZE import_rows")

    def copy_lines(self, blocks: Iterable[str]) -> None:
        """Stream finished lines for COPY into the table. No ANALYZE yet: see ``Importer.lines``."""
        names = sql.SQL(", ").join(sql.Identifier(name) for name in ("line", "problem", *self.columns))
        with (
            connection.cursor() as cursor,
            cursor.copy(sql.SQL("COPY import_rows ({}) FROM STDIN").format(names)) as copy,
        ):
            for block in blocks:
                copy.write(block)

    def refuse(
        self, statement: LiteralString, values: Mapping[str, Any] | None = None, **parts: sql.Composable
    ) -> None:
        """Refuse the good rows that a query names: it must give ``line`` and ``problem``."""
        self.run(
            "UPDATE import_rows r SET problem = found.problem FROM ({found}) found"
            " WHERE r.line = found.line AND r.problem = ''",
            values,
            found=sql.SQL(statement).format(**parts),
        )

    def refuse_repeated(self, key: str) -> None:
        """Of several good rows with one key, the first counts; the others are refused and say where it is."""
        self.refuse(
            "SELECT line, {word} || ' “' || left({key}, 60) || '” is in line ' || first || ' already. "
            "Only the first is imported.' AS problem"
            " FROM (SELECT line, {key}, min(line) OVER (PARTITION BY {key}) AS first"
            " FROM import_rows WHERE problem = '') each WHERE line > first",
            key=sql.Identifier(key),
            word=sql.Literal(key),
        )

    def resolve_owners(self) -> None:
        """Table ``import_owners`` (text, user_id): by user name, else e-mail, else a full name only one person has."""
        self.run("CREATE TEMP TABLE import_owners (text text PRIMARY KEY, user_id bigint, many boolean) ON COMMIT DROP")
        if not self.has("owner"):
            return
        self.run(
            """
            INSERT INTO import_owners
            SELECT d.text, coalesce(
                     (SELECT u.id FROM staff_user u WHERE lower(u.username) = lower(d.text)),
                     (SELECT u.id FROM staff_user u WHERE lower(u.email) = lower(d.text) AND u.email <> ''),
                     CASE WHEN n.count = 1 THEN n.id END), n.count > 1
              FROM (SELECT DISTINCT owner AS text FROM import_rows WHERE problem = '' AND owner <> '') d,
                   LATERAL (SELECT min(u.id) AS id, count(*) FROM staff_user u WHERE lower(u.name) = lower(d.text)) n
            """
        )
        if self.options.create_owners:
            self._create_owners()
        self._count_missing("owner", "import_owners", "user_id", "without an owner we know")

    def _create_owners(self) -> None:
        from contacts.importing.owners import create_owners

        unknown = [
            text
            for (text,) in self.ask(
                "SELECT o.text FROM import_owners o JOIN import_rows r ON r.owner = o.text AND r.problem = ''"
                " WHERE o.user_id IS NULL AND NOT o.many GROUP BY o.text ORDER BY min(r.line)"
            )
        ]
        if not unknown:
            return
        made = create_owners(unknown, by=self.options.by)
        self.run(
            "UPDATE import_owners o SET user_id = u.id FROM staff_user u"
            " WHERE o.user_id IS NULL AND NOT o.many AND lower(u.name) = lower(o.text) AND u.id = ANY(%(made)s)",
            {"made": made},
        )
        self.notes.append(f"owners created: {len(made)}")

    def resolve_accounts(self) -> None:
        """Table ``import_accounts`` (text, account_id): by external id, else by name if only one account has it."""
        self.run(
            "CREATE TEMP TABLE import_accounts (text text PRIMARY KEY, account_id bigint, many boolean) ON COMMIT DROP"
        )
        if not self.has("account"):
            return
        self.run(
            """
            INSERT INTO import_accounts
            SELECT d.text, coalesce(
                     (SELECT a.id FROM contacts_account a WHERE a.external_id = d.text),
                     CASE WHEN n.count = 1 THEN n.id END), n.count > 1
              FROM (SELECT DISTINCT account AS text FROM import_rows WHERE problem = '' AND account <> '') d,
                   LATERAL (SELECT min(a.id) AS id, count(*) FROM contacts_account a
                             WHERE lower(trim(a.name)) = lower(d.text)) n
            """
        )
        if self.options.create_accounts:
            made = self.run(
                """
                INSERT INTO contacts_account
                       (external_id, name, domain, industry, territory, timezone, strategic, created_at, updated_at)
                SELECT DISTINCT ON (lower(o.text)) left(o.text, 200), o.text, '', '', '', '', false, now(), now()
                  FROM import_accounts o JOIN import_rows r ON r.account = o.text AND r.problem = ''
                 WHERE o.account_id IS NULL AND NOT o.many
                 ORDER BY lower(o.text), r.line
                ON CONFLICT (external_id) DO NOTHING
                """
            )
            self.run(
                "UPDATE import_accounts o SET account_id = a.id FROM contacts_account a"
                " WHERE o.account_id IS NULL AND NOT o.many AND lower(trim(a.name)) = lower(o.text)"
            )
            if made:
                self.notes.append(f"accounts created: {made}")
        self._count_missing("account", "import_accounts", "account_id", "with an account we do not know")

    def _count_missing(self, name: str, table: str, found: str, words: str) -> None:
        [(missing, empty)] = self.ask(
            "SELECT count(*) FILTER (WHERE r.{name} <> '' AND o.{found} IS NULL), count(*) FILTER (WHERE r.{name} = '')"
            " FROM import_rows r LEFT JOIN {table} o ON o.text = r.{name} WHERE r.problem = ''",
            name=sql.Identifier(name),
            table=sql.Identifier(table),
            found=sql.Identifier(found),
        )
        if missing:
            self.notes.append(f"rows {words}: {missing}")
        if empty:
            self.notes.append(f"rows with no {name}: {empty}")

    def upsert(
        self,
        *,
        table: str,
        values: Mapping[str, sql.Composable],
        defaults: Mapping[str, sql.Composable],
        joins: sql.Composable = NOTHING,
        changed: sql.Composable = NO,
    ) -> None:
        """Insert the rows whose ``external_id`` is new to ``table`` and update those that differ from it.

        ``values`` are columns and what they become, written over the staged row ``r``, the row there is ``t`` and the
        ``joins``. ``defaults`` are for new rows only. ``changed`` says that a row changed something elsewhere. Sets
        ``action``; leaves the table ``import_merge`` with ``line``, ``target_id``, ``action`` and the values.
        """
        columns = sql.SQL(", ").join(sql.Identifier(name) for name in values)
        computed = sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(what, sql.Identifier(name)) for name, what in values.items()
        )
        self.run(
            "CREATE TEMP TABLE import_merge ON COMMIT DROP AS"
            " SELECT r.line, r.external_id, t.id AS target_id, {changed} AS elsewhere, {computed}"
            " FROM import_rows r LEFT JOIN {table} t ON t.external_id = r.external_id {joins} WHERE r.problem = ''",
            table=sql.Identifier(table),
            computed=computed,
            joins=joins,
            changed=changed,
        )
        current = sql.SQL(", ").join(sql.Identifier("t", name) for name in values)
        wanted = sql.SQL(", ").join(sql.Identifier("m", name) for name in values)
        self.run(
            "UPDATE import_rows r SET action = CASE WHEN m.target_id IS NULL THEN 'created'"
            " WHEN m.elsewhere OR ({current}) IS DISTINCT FROM ({wanted}) THEN 'updated' ELSE 'unchanged' END"
            " FROM import_merge m LEFT JOIN {table} t ON t.id = m.target_id WHERE r.line = m.line",
            table=sql.Identifier(table),
            current=sql.SQL("ROW({})").format(current),
            wanted=sql.SQL("ROW({})").format(wanted),
        )
        self.run(
            "UPDATE {table} t SET {assignments}, updated_at = now() FROM import_merge m"
            " WHERE t.id = m.target_id AND ROW({current}) IS DISTINCT FROM ROW({wanted})",
            table=sql.Identifier(table),
            assignments=sql.SQL(", ").join(
                sql.SQL("{} = {}").format(sql.Identifier(name), sql.Identifier("m", name)) for name in values
            ),
            current=current,
            wanted=wanted,
        )
        absent = {name: what for name, what in defaults.items() if name not in values}
        self.run(
            "INSERT INTO {table} (external_id, {columns}{more}, created_at, updated_at)"
            " SELECT m.external_id, {wanted}{filled}, now(), now() FROM import_merge m"
            " WHERE m.target_id IS NULL ORDER BY m.line",
            table=sql.Identifier(table),
            columns=columns,
            wanted=wanted,
            more=sql.SQL("").join(sql.SQL(", {}").format(sql.Identifier(name)) for name in absent),
            filled=sql.SQL("").join(sql.SQL(", {}").format(what) for what in absent.values()),
        )


#: The temporary tables that a merge makes beside ``import_rows``.
SCRATCH = (
    "import_owners",
    "import_accounts",
    "import_merge",
    "import_person",
    "import_contact",
    "import_changed",
    "import_address",
    "import_primary",
    "import_optout",
    "import_many",
    "import_merged",
    "import_ids",
    "import_bound",
    "import_customer",
    "import_known",
    "import_name",
    "import_first",
)
