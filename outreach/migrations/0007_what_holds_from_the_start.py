"""Histories are append-only, and sending begins with careful rules: hours, caps, one brand, and what messages are about."""

from importlib import import_module

from django.db import migrations

append_only = import_module("staff.migrations.0002_append_only_and_roles").append_only

# Channel, first hour, hour of the end, weekends, public holidays. E-mail and the inbox in a product wake nobody up.
CHANNELS = [
    ("email", 0, 24, True, True),
    ("in_app", 0, 24, True, True),
    ("sms", 8, 21, True, False),
    ("push", 8, 21, True, False),
    ("call", 9, 18, False, False),
]
CAPS = [("", 1, 1), ("", 3, 7)]
TOPICS = [
    ("conversations", "Our open conversations", "Answers, quotes and next steps that we talked about."),
    ("tips", "Tips for what you use", "How to get more out of what you have."),
    ("offers", "Offers", "Prices and terms that hold for a while."),
]


def begin(apps, schema_editor):
    model = apps.get_model
    model("outreach", "Brand").objects.create(key="default", name="Our team", is_default=True)
    for channel, opens, closes, weekends, holidays in CHANNELS:
        model("outreach", "ChannelRules").objects.create(
            channel=channel, opens=opens, closes=closes, on_weekends=weekends, on_holidays=holidays
        )
    for channel, most, days in CAPS:
        model("outreach", "ContactCap").objects.create(channel=channel, most=most, days=days)
    for position, (key, name, description) in enumerate(TOPICS):
        topic = model("outreach", "Topic").objects.create(
            key=key, name=name, description=description, position=position
        )
        if key == "conversations":
            model("outreach", "Template").objects.filter(shipped=True).update(topic=topic)


class Migration(migrations.Migration):
    dependencies = [
        ("outreach", "0006_messages_that_may_leave"),
        ("staff", "0002_append_only_and_roles"),
    ]

    operations = [
        migrations.RunSQL(*append_only("outreach_deliveryevent")),
        migrations.RunSQL(*append_only("outreach_policyapproval")),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
