"""What customers did, as SQL: the parts that assigning, measuring and planning share."""

from __future__ import annotations

from contacts.states import ACTIVITY_KINDS, EventKind

#: Activity of any kind (docs/events.md): the first numbers of `EventKind`, 1 to 19.
FIRST_ACTIVITY, LAST_ACTIVITY = min(ACTIVITY_KINDS), max(ACTIVITY_KINDS)
PURCHASE = EventKind.PURCHASE_MADE.value

#: Events ``e`` of the contact of customer ``c`` that name another customer of the same contact are not theirs. Hardly
#: any contact is two customers, so that is asked first.
THEIRS = """(NOT EXISTS (SELECT 1 FROM retention_customer o WHERE o.contact_id = c.contact_id AND o.id <> c.id)
       OR NOT EXISTS (
        SELECT 1 FROM contacts_identity i JOIN retention_customer o ON o.external_id = i.value
         WHERE i.id = e.identity_id AND i.kind IN ('customer', 'user')
           AND o.contact_id = c.contact_id AND o.id <> c.id))"""
#: Money in another currency than the customer's is left out, as it is in what customers are worth (docs/value.md).
MONEY = f"e.kind = {PURCHASE} AND (c.currency = '' OR e.currency IN ('', c.currency))"
ACTIVE = f"e.kind BETWEEN {FIRST_ACTIVITY} AND {LAST_ACTIVITY}"
