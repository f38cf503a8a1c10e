"""The one view of who must not be written to, and consent and suppression made append-only."""

from importlib import import_module

from django.db import migrations

append_only = import_module("staff.migrations.0002_append_only_and_roles").append_only

VIEW = """
CREATE VIEW contacts_active_suppression AS
SELECT 'c' || s.id::text AS key, s.id AS suppression_id, s.contact_id, s.channel, s.reason, s.at
  FROM contacts_suppression s
 WHERE s.contact_id IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM contacts_suppressionlift l WHERE l.suppression_id = s.id)
UNION ALL
SELECT 'a' || s.id::text || '-' || c.id::text, s.id, c.id, s.channel, s.reason, s.at
  FROM contacts_suppression s
  JOIN contacts_contact c ON c.account_id = s.account_id
 WHERE s.account_id IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM contacts_suppressionlift l WHERE l.suppression_id = s.id)
UNION ALL
SELECT 'v' || s.id::text || '-' || a.id::text, s.id, a.contact_id, s.channel, s.reason, s.at
  FROM contacts_suppression s
  JOIN contacts_address a ON a.kind = s.address_kind AND a.value = s.address_value
 WHERE s.address_value <> ''
   AND NOT EXISTS (SELECT 1 FROM contacts_suppressionlift l WHERE l.suppression_id = s.id);
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0002_initial"), ("staff", "0002_append_only_and_roles")]

    operations = [
        migrations.RunSQL(VIEW, "DROP VIEW contacts_active_suppression;"),
        migrations.RunSQL(*append_only("contacts_consentrecord")),
        migrations.RunSQL(*append_only("contacts_suppression")),
        migrations.RunSQL(*append_only("contacts_suppressionlift")),
    ]
