"""Events that we recorded ourselves get an id too, so that an export of them can be imported again."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("contacts", "0011_an_index_for_what_is_rare")]

    operations = [
        migrations.RunSQL(
            "UPDATE contacts_event SET message_id = gen_random_uuid() WHERE message_id IS NULL",
            migrations.RunSQL.noop,
        )
    ]
