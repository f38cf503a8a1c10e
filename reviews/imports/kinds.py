"""Every kind of file that can be uploaded, with its importer, in the order in which a new installation needs them."""

from __future__ import annotations

from contacts.event_imports import EVENTS
from contacts.importing.describe import Importer
from contacts.imports import ACCOUNTS, CONTACTS, OPTOUTS
from followups.imports import LEADS, TOUCHES
from retention.imports import CUSTOMERS

IMPORTERS: dict[str, Importer] = {
    one.kind: one for one in (ACCOUNTS, CONTACTS, CUSTOMERS, LEADS, TOUCHES, EVENTS, OPTOUTS)
}

DESCRIPTIONS = {
    "accounts": "Companies, by external id.",
    "contacts": "People, by external id or e-mail address.",
    "customers": "People who buy from you, with plan and revenue.",
    "leads": "Possible deals, with the person behind each.",
    "touches": "What passed between you and a lead so far.",
    "events": "What customers did: visits, purchases, payments, opened mail.",
    "optouts": "Addresses that must not be written to.",
}

#: Other names that columns have for our fields in the files people bring, letters and digits only.
ALSO_CALLED = {
    "external_id": ("id", "recordid", "opportunityid", "dealid", "leadid", "contactid", "accountid", "customerid"),
    "name": ("fullname", "contactname", "accountname", "companyname", "event", "eventname"),
    "email": ("emailaddress", "mail", "contactemail"),
    "phone": ("phonenumber", "mobile", "telephone"),
    "owner": ("salesagent", "dealowner", "leadowner", "accountowner", "opportunityowner", "assignedto"),
    "stage": ("dealstage", "leadstage", "status"),
    "value": ("amount", "dealvalue", "closevalue"),
    "account": ("company", "organisation", "organization"),
    "industry": ("sector",),
    "territory": ("region",),
    "domain": ("website",),
    "last_touch_at": ("lastactivity", "lastcontacted", "engagedate", "lastactivitydate"),
    "lead": ("externalid", "leadid", "opportunityid"),
    "at": ("date", "time", "timestamp"),
    "customer": ("customerid", "userid", "user", "memberid", "member"),
    "occurred_at": ("timestamp", "date", "time", "at", "eventtime"),
    "message_id": ("eventid", "id"),
}


def guess(importer: Importer, columns: list[str]) -> dict[str, str]:
    """Which column each field is probably in: one of its own name, else of another name it is known by."""
    by_letters: dict[str, str] = {}
    for column in columns:
        by_letters.setdefault(_letters(column), column)
    found: dict[str, str] = {}
    for one in importer.fields:
        for name in (one.name, *ALSO_CALLED.get(one.name, ())):
            column = by_letters.get(_letters(name), "")
            if column and column not in found.values():
                found[one.name] = column
                break
    return found


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
