"""A hard bounce of an address that was replaced says nothing about the new one. Every other refusal follows the person."""

from django.db import migrations

BY_ADDRESS = """
SELECT 'v' || s.id::text || '-' || a.id::text, s.id, a.contact_id, s.channel, s.reason, s.at
  FROM contacts_suppression s
  JOIN contacts_address a ON a.kind = s.address_kind AND a.value = s.address_value{only_current}
 WHERE s.address_value <> ''
   AND NOT EXISTS (SELECT 1 FROM contacts_suppressionlift l WHERE l.suppression_id = s.id);
"""
VIEW = """
CREATE OR REPLACE VIEW contacts_active_suppression AS
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
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0003_suppressions_view_and_append_only")]

    operations = [
        migrations.RunSQL(
            VIEW + BY_ADDRESS.format(only_current=" AND (a.is_primary OR s.reason <> 'hard_bounce')"),
            VIEW + BY_ADDRESS.format(only_current=""),
        ),
    ]
