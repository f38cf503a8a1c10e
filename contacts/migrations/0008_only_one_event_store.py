"""Every event lives in the new store; ids of contacts and of accounts are known as identities; storage is tuned."""

from django.db import migrations

# Contacts that came by file or form are named by their external id in events too.
IDENTITIES = """
INSERT INTO contacts_identity (kind, value, contact_id, created_at)
SELECT 'user', external_id, id, now() FROM contacts_contact WHERE external_id IS NOT NULL AND external_id <> ''
ON CONFLICT DO NOTHING
"""
# Scores read events from the index alone, which works for pages that a vacuum has seen: so it comes early and often.
STORAGE = """
ALTER TABLE contacts_event SET (autovacuum_vacuum_insert_scale_factor = 0.01,
                                autovacuum_vacuum_insert_threshold = 20000,
                                autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE contacts_eventbatch ALTER COLUMN body SET STORAGE EXTERNAL;
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0007_known_event_names")]

    operations = [
        migrations.DeleteModel("OldEvent"),
        migrations.RunSQL(IDENTITIES, migrations.RunSQL.noop),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
    ]
