"""The queries by which evidence is gathered: each for any number of leads at once."""

LOOKED_AT = """
SELECT l.id
  FROM followups_lead l
 WHERE (l.stage NOT IN ('won', 'lost')
        OR EXISTS (SELECT 1 FROM followups_sequence s WHERE s.lead_id = l.id AND s.status = 'open'))
   AND (%(ids)s::bigint[] IS NULL OR l.id = ANY(%(ids)s::bigint[]))
   AND l.external_id COLLATE "C" > %(after)s
 ORDER BY l.external_id COLLATE "C"
"""

# First the columns of LeadFacts, then those of Evidence from `stage` to `paused_until`, each in the order of its
# fields; last the contact's own account and the industry.
LEADS = """
SELECT l.id, l.external_id, l.updated_at, c.id, c.name, a.id, coalesce(a.name, ''), l.owner_id, coalesce(o.name, ''),
       l.disposition, l.disposition_at, l.disposition_by_id IS NOT NULL, s.id, s.cadence_version_id,
       d.id, coalesce(d.digest, ''), l.source, l.tags,
       l.stage, l.priority, l.value, l.currency, l.territory, coalesce(a.territory, ''), l.owner_id, a.owner_id,
       l.strategic OR coalesce(a.strategic, false), l.future_fit,
       l.existing_customer
       OR coalesce(c.customer_since <= %(today)s AND (c.churned_on IS NULL OR c.churned_on > %(today)s), false)
       OR EXISTS (SELECT 1 FROM followups_lead w WHERE w.contact_id = c.id AND w.stage = 'won')
       OR EXISTS (SELECT 1 FROM followups_lead w WHERE w.account_id = a.id AND w.stage = 'won')
       OR EXISTS (SELECT 1 FROM contacts_contact k WHERE k.account_id = a.id AND k.customer_since <= %(today)s
                     AND (k.churned_on IS NULL OR k.churned_on > %(today)s)),
       l.next_step, l.next_step_on, l.quote_sent_on, l.proposal_sent_on, l.last_touch_at, l.expires_on, l.recycle_on,
       l.paused_at IS NOT NULL, l.paused_until,
       l.woken_at, l.recycled, c.account_id, coalesce(a.industry, '')
  FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS wanted(id, place)
  JOIN followups_lead l ON l.id = wanted.id
  JOIN contacts_contact c ON c.id = l.contact_id
  LEFT JOIN contacts_account a ON a.id = coalesce(l.account_id, c.account_id)
  LEFT JOIN staff_user o ON o.id = l.owner_id
  LEFT JOIN followups_sequence s ON s.lead_id = l.id AND s.status = 'open'
        AND NOT EXISTS (SELECT 1 FROM followups_attempt t JOIN outreach_draft m ON m.id = t.draft_id
                         WHERE t.sequence_id = s.id AND t.kind = 'close_loop' AND m.status = 'sent'
                           AND m.sent_at <= %(now)s)
  LEFT JOIN LATERAL (SELECT id, digest FROM followups_decision WHERE lead_id = l.id ORDER BY id DESC LIMIT 1) d ON true
 ORDER BY wanted.place
"""

# Nobody quotes more than a few words of what was said; the whole text stays on the timeline.
TOUCHES = """
SELECT lt.lead_id, t.id, t.at, t.direction, t.channel, t.kind, t.returns_on, left(t.summary, 300)
  FROM followups_leadtouch lt JOIN contacts_touch t ON t.id = lt.touch_id
 WHERE lt.lead_id = ANY(%(ids)s::bigint[])
"""

NOTES = "SELECT lead_id, id, created_at, text FROM followups_ownernote WHERE lead_id = ANY(%(ids)s::bigint[])"

ATTEMPTS = """
SELECT t.lead_id, t.id, t.sequence_id, t.kind, t.position, t.reason_kind, t.evidence_key, t.withdrawn_at IS NOT NULL,
       m.id, m.status, m.channel, m.address, m.sent_at, m.claimed_at
  FROM followups_attempt t JOIN outreach_draft m ON m.id = t.draft_id
 WHERE t.lead_id = ANY(%(ids)s::bigint[])
 ORDER BY t.id
"""

ENGAGEMENTS = """
SELECT c.id, e.id, e.occurred_at, e.key
  FROM unnest(%(ids)s::bigint[]) AS c(id)
 CROSS JOIN LATERAL (
       SELECT v.id, v.occurred_at, n.key
         FROM contacts_event v JOIN contacts_eventname n ON n.id = v.name_id
        WHERE v.contact_id = c.id AND v.occurred_at <= %(now)s AND NOT v.machine AND v.flag = ''
          AND n.key = ANY(%(names)s)
        ORDER BY v.occurred_at DESC, v.id DESC
        LIMIT %(most)s) e
"""

# Another open lead of the same contact, or another contact with an address of theirs. Former addresses say nothing:
# phone numbers move from person to person.
DUPLICATES = """
SELECT l.id, other.external_id
  FROM followups_lead l
  JOIN followups_lead other ON other.contact_id = l.contact_id AND other.id <> l.id
 WHERE l.id = ANY(%(ids)s::bigint[]) AND other.stage NOT IN ('won', 'lost')
UNION
SELECT l.id, coalesce(c.external_id, 'contact ' || c.id)
  FROM followups_lead l
  JOIN contacts_address mine ON mine.contact_id = l.contact_id AND mine.is_primary
  JOIN contacts_address theirs ON theirs.kind = mine.kind AND theirs.value = mine.value AND theirs.is_primary
                              AND theirs.contact_id <> mine.contact_id
  JOIN contacts_contact c ON c.id = theirs.contact_id
 WHERE l.id = ANY(%(ids)s::bigint[])
   AND NOT EXISTS (SELECT FROM contacts_suspectedduplicate s
                    WHERE s.first_id = least(mine.contact_id, theirs.contact_id)
                      AND s.second_id = greatest(mine.contact_id, theirs.contact_id) AND s.status = 'dismissed')
UNION
SELECT l.id, coalesce(c.external_id, 'contact ' || c.id)
  FROM followups_lead l
  JOIN contacts_suspectedduplicate s ON s.first_id = l.contact_id AND s.status = 'open'
  JOIN contacts_contact c ON c.id = s.second_id
 WHERE l.id = ANY(%(ids)s::bigint[])
UNION
SELECT l.id, coalesce(c.external_id, 'contact ' || c.id)
  FROM followups_lead l
  JOIN contacts_suspectedduplicate s ON s.second_id = l.contact_id AND s.status = 'open'
  JOIN contacts_contact c ON c.id = s.first_id
 WHERE l.id = ANY(%(ids)s::bigint[])
"""

ACCOUNT_SUPPRESSIONS = """
SELECT s.account_id, s.channel, s.reason
  FROM contacts_suppression s
 WHERE s.account_id = ANY(%(ids)s::bigint[])
   AND NOT EXISTS (SELECT 1 FROM contacts_suppressionlift x WHERE x.suppression_id = s.id)
"""

# What concerns the contact concerns every open lead of theirs.
PLANNED = """
SELECT l.id, p.id, p.kind, p.title, p.at
  FROM followups_lead l
  JOIN followups_plannedtouch p ON p.contact_id = l.contact_id AND (p.lead_id IS NULL OR p.lead_id = l.id)
 WHERE l.id = ANY(%(ids)s::bigint[]) AND p.done_at IS NULL AND p.called_off_at IS NULL
"""

RULINGS = "SELECT lead_id, key FROM followups_ruling WHERE lead_id = ANY(%(ids)s::bigint[]) AND withdrawn_at IS NULL"
