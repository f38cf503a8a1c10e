"""The names that come with Rekindle, those that events came with so far, and those events."""

from django.db import migrations

# scoring.md, "Event names". The numbers are those of contacts.states.EventKind.
KINDS = {
    1: "visit_logged",
    2: "class_attended",
    3: "booking_made",
    4: "booking_attended",
    5: "app_opened",
    6: "session_started",
    7: "purchase_made",
    20: "payment_failed",
    21: "payment_succeeded",
    22: "subscription_paused",
    23: "subscription_resumed",
    24: "refund_initiated",
    30: "email_sent",
    31: "email_opened",
    32: "email_clicked",
    33: "sms_sent",
    34: "sms_clicked",
    35: "message_replied",
    36: "push_opened",
    40: "nps_submitted",
    41: "survey_submitted",
    42: "support_ticket_created",
    43: "support_ticket_resolved",
    44: "support_escalated",
    50: "feature_used",
    51: "product_viewed",
    52: "cart_added",
    53: "booking_cancelled",
    54: "booking_missed",
    55: "session_ended",
}
# What Segment's own specifications call the same things.
ALIASES = {
    "Order Completed": 7,
    "Application Opened": 5,
    "Product Added": 52,
    "Product Viewed": 51,
    "Email Delivered": 30,
    "Email Opened": 31,
    "Email Link Clicked": 32,
    "Push Notification Tapped": 36,
    "Push Notification Opened": 36,
    "Order Refunded": 24,
}
# Known, and without effect on a score on purpose. Leads are judged by some of them.
NO_EFFECT = [
    "Page Viewed",
    "Screen Viewed",
    "Site Visited",
    "Pricing Viewed",
    "Proposal Opened",
    "Proposal Viewed",
    "Quote Opened",
    "Quote Viewed",
]


def key_of(title):
    return "_".join(title.lower().replace("-", " ").replace("_", " ").split())[:100]


def know_names(apps, schema_editor):
    names = apps.get_model("contacts", "EventName")
    known = {name: (name, kind) for kind, name in KINDS.items()}
    for title, kind in [*ALIASES.items(), *((title, 0) for title in NO_EFFECT)]:
        known.setdefault(key_of(title), (title, kind))
    old = apps.get_model("contacts", "OldEvent")
    for title in old.objects.order_by("name").values_list("name", flat=True).distinct():
        known.setdefault(key_of(title), (title, None))
    names.objects.bulk_create(names(key=key, title=title, kind=kind) for key, (title, kind) in known.items())


def carry_events_over(apps, schema_editor):
    old = apps.get_model("contacts", "OldEvent")
    new = apps.get_model("contacts", "Event")
    kinds = {name.key: (name.pk, name.kind or 0) for name in apps.get_model("contacts", "EventName").objects.all()}
    with schema_editor.connection.cursor() as cursor:
        for title in old.objects.order_by("name").values_list("name", flat=True).distinct():
            name, kind = kinds[key_of(title)]
            cursor.execute(
                """
                INSERT INTO contacts_event (id, contact_id, name_id, kind, occurred_at, received_at, message_id, machine,
                                            flag, currency, reference, properties)
                SELECT id, contact_id, %(name)s, CASE WHEN machine OR %(kind)s IN (40, 41, 42) THEN 0 ELSE %(kind)s END,
                       occurred_at, received_at,
                       CASE WHEN message_id ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
                            THEN message_id::uuid ELSE md5(message_id)::uuid END,
                       machine, '', '', '', properties
                  FROM contacts_oldevent WHERE name = %(title)s
                """,
                {"name": name, "kind": kind, "title": title},
            )
        if new.objects.exists():
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('contacts_event', 'id'), (SELECT max(id) FROM contacts_event))"
            )


class Migration(migrations.Migration):
    dependencies = [("contacts", "0006_events_identities_and_merges")]

    operations = [
        migrations.RunPython(know_names, migrations.RunPython.noop),
        migrations.RunPython(carry_events_over, migrations.RunPython.noop),
    ]
