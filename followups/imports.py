"""The importers of leads and of touches (files and fields: interface.md, "CSV fields")."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from psycopg import sql

from contacts.importing import parsers
from contacts.importing.describe import Field, Importer, contact_fields
from contacts.importing.people import contacts_behind, write_contacts
from contacts.importing.staging import Staging
from contacts.states import Channel, Direction, TouchKind
from followups.states import LONGEST_TAG, MOST_TAGS, Stage

_PLAIN = (
    "territory",
    "priority",
    "value",
    "currency",
    "source",
    "next_step",
    "next_step_on",
    "quote_sent_on",
    "proposal_sent_on",
    "last_touch_at",
    "expires_on",
    "recycle_on",
)
_YES_NO = ("future_fit", "existing_customer", "strategic")
_EMPTY = (
    "territory",
    "priority",
    "currency",
    "source",
    "next_step",
    "paused_reason",
    "disposition",
    "disposition_reason",
)


def merge_leads(staging: Staging) -> None:
    """Leads by external id, with the contact behind each. What was decided about a lead stays as it is."""
    staging.refuse_repeated("external_id")
    staging.resolve_owners()
    staging.resolve_accounts()
    contacts_behind(staging, table="followups_lead", customers=False)
    write_contacts(staging, fill_account=True)
    values: dict[str, sql.Composable] = {"contact_id": sql.SQL("p.contact_id")}
    values |= {name: sql.Identifier("r", name) for name in _PLAIN if staging.has(name)}
    values |= {
        name: sql.SQL("coalesce({}, false)").format(sql.Identifier("r", name)) for name in _YES_NO if staging.has(name)
    }
    if staging.has("tags"):
        values["tags"] = sql.SQL("coalesce(string_to_array(nullif(r.tags, ''), '|'), '{}')::varchar(60)[]")
    joins = [sql.SQL("JOIN import_person p ON p.line = r.line")]
    if staging.has("stage"):
        values["stage"] = sql.SQL("coalesce(nullif(r.stage, ''), t.stage, {})").format(sql.Literal(Stage.NEW.value))
    if staging.has("owner"):
        values["owner_id"] = sql.SQL("o.user_id")
        joins.append(sql.SQL("LEFT JOIN import_owners o ON o.text = r.owner"))
    if staging.has("account"):
        values["account_id"] = sql.SQL("a.account_id")
        joins.append(sql.SQL("LEFT JOIN import_accounts a ON a.text = r.account"))
    staging.upsert(
        table="followups_lead",
        values=values,
        defaults={"stage": sql.Literal(Stage.NEW.value)}
        | {name: sql.SQL("''") for name in _EMPTY}
        | {name: sql.SQL("false") for name in _YES_NO},
        joins=sql.SQL(" ").join(joins),
        changed=sql.SQL("p.contact_id IN (SELECT contact_id FROM import_changed)"),
    )


def complete_touch(values: dict[str, Any]) -> tuple[object, ...]:
    """The digest of everything a touch says: the same row is the same touch, in this file and the next."""
    values["kind"] = values.get("kind") or TouchKind.MESSAGE.value
    told = [values["lead"], values["at"].isoformat(), values["direction"], values.get("channel") or "", values["kind"]]
    returns_on = values.get("returns_on")
    told += [values.get("summary") or "", returns_on.isoformat() if returns_on else ""]
    return values["kind"], hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def merge_touches(staging: Staging) -> None:
    """Touches of leads we have. A touch with the same words at the same moment is there once, however it came in."""
    told = {name: sql.Identifier("r", name) if staging.has(name) else sql.SQL("''") for name in ("channel", "summary")}
    returns_on = sql.SQL("r.returns_on") if staging.has("returns_on") else sql.SQL("NULL::date")
    staging.refuse(
        "SELECT r.line, 'There is no lead “' || left(r.lead, 60) || '”. Import the lead first.' AS problem"
        " FROM import_rows r LEFT JOIN followups_lead l ON l.external_id = r.lead"
        " WHERE r.problem = '' AND l.id IS NULL"
    )
    # The name of the sequence is asked for in a query of its own, else it would be looked up again for every row.
    staging.run(
        """
        CREATE TEMP TABLE import_merge ON COMMIT DROP AS
        SELECT each.*, nextval((SELECT pg_get_serial_sequence('contacts_touch', 'id'))) AS touch_id
          FROM (SELECT DISTINCT ON (r.digest) r.line, r.digest, r.at, r.direction, {channel} AS channel,
                       r.told_kind AS kind, {summary} AS summary, {returns_on} AS returns_on,
                       l.id AS lead_id, l.contact_id
                  FROM import_rows r JOIN followups_lead l ON l.external_id = r.lead
                 WHERE r.problem = ''
                   AND NOT EXISTS (SELECT 1 FROM contacts_touch t WHERE t.digest = r.digest)
                   AND NOT EXISTS (
                       SELECT 1 FROM followups_leadtouch lt JOIN contacts_touch t ON t.id = lt.touch_id
                        WHERE lt.lead_id = l.id AND t.at = r.at AND t.direction = r.direction AND t.kind = r.told_kind
                          AND t.channel = {channel} AND t.summary = {summary}
                          AND t.returns_on IS NOT DISTINCT FROM {returns_on})
                 ORDER BY r.digest, r.line) each
         ORDER BY each.line
        """,
        returns_on=returns_on,
        channel=told["channel"],
        summary=told["summary"],
    )
    staging.run(
        """
        INSERT INTO contacts_touch
               (id, contact_id, at, direction, channel, kind, summary, returns_on, digest, created_at)
        SELECT touch_id, contact_id, at, direction, channel, kind, summary, returns_on, digest, now()
          FROM import_merge ORDER BY line
        """
    )
    staging.run(
        "INSERT INTO followups_leadtouch (touch_id, lead_id) SELECT touch_id, lead_id FROM import_merge ORDER BY line"
    )
    staging.run(
        "UPDATE import_rows r SET action = CASE WHEN r.line IN (SELECT line FROM import_merge) THEN 'created'"
        " ELSE 'unchanged' END WHERE r.problem = ''"
    )


LEADS = Importer(
    kind="leads",
    title="Leads",
    keys=("external_id",),
    merge=merge_leads,
    fields=(
        Field("external_id", parsers.words(most=200), required=True, help="What your system calls the lead"),
        *contact_fields(),
        Field("owner", parsers.words(most=150), help="User name, e-mail address or full name of one of us"),
        Field("territory", parsers.words(most=100)),
        Field(
            "stage",
            parsers.stage(Stage.values),
            help="One of " + ", ".join(Stage.values) + ". Empty leaves it as it is; a new lead is new",
        ),
        Field("priority", parsers.words(most=40)),
        Field("value", parsers.money, "numeric", help="Plain number, for instance 1234.50"),
        Field("currency", parsers.currency, help="Three letters, for instance EUR"),
        Field("source", parsers.words(most=100)),
        Field("next_step", parsers.words(most=300), help="What was agreed to happen next"),
        Field("next_step_on", parsers.day, "date", help="The day it should happen"),
        Field("quote_sent_on", parsers.day, "date"),
        Field("proposal_sent_on", parsers.day, "date"),
        Field("last_touch_at", parsers.moment, "timestamptz", help="When one of us last wrote or called"),
        Field("expires_on", parsers.day, "date", help="The last day on which the deal can be won"),
        Field("future_fit", parsers.yes_no, "boolean", help="yes if they may fit later"),
        Field("recycle_on", parsers.day, "date", help="The day to come back to them"),
        Field("existing_customer", parsers.yes_no, "boolean", help="yes or no"),
        Field("strategic", parsers.yes_no, "boolean", help="yes or no"),
        Field(
            "tags",
            parsers.labels(most=MOST_TAGS, longest=LONGEST_TAG),
            help="Between bars, semicolons or commas: fair|press",
        ),
    ),
)

TOUCHES = Importer(
    kind="touches",
    title="Touches",
    keys=("lead",),
    needs=("at", "direction"),
    merge=merge_touches,
    derived={"told_kind": "text", "digest": "text"},
    complete=complete_touch,
    fields=(
        Field("lead", parsers.words(most=200), required=True, help="External id of the lead"),
        Field("at", parsers.moment, "timestamptz", required=True, help="When it happened"),
        Field("direction", parsers.one_of(Direction.values, what="direction"), required=True, help="in or out"),
        Field("channel", parsers.one_of(Channel.values, what="channel"), help="One of " + ", ".join(Channel.values)),
        Field(
            "kind",
            parsers.one_of(TouchKind.values, what="kind of touch"),
            help="Empty means message. One of " + ", ".join(TouchKind.values),
        ),
        Field("summary", parsers.prose(most=100_000), help="What was said"),
        Field("returns_on", parsers.day, "date", help="For an out-of-office: the day they are back"),
    ),
)
