"""Published playbooks, running experiments, draws and readings cannot be rewritten."""

from importlib import import_module

from django.db import migrations

append_only = import_module("staff.migrations.0002_append_only_and_roles").append_only

LOCKED = """
CREATE FUNCTION rekindle_locked_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := to_jsonb(OLD);
    becomes jsonb := to_jsonb(NEW);
    name text;
BEGIN
    -- The arguments are the columns that may still change.
    FOREACH name IN ARRAY TG_ARGV LOOP
        was := was - name;
        becomes := becomes - name;
    END LOOP;
    IF was IS DISTINCT FROM becomes THEN
        RAISE EXCEPTION '% % is locked: make a new version instead', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER retention_experiment_locked BEFORE UPDATE ON retention_experiment
    FOR EACH ROW WHEN (OLD.locked_at IS NOT NULL) EXECUTE FUNCTION
    rekindle_locked_row('status', 'verdict', 'verdict_reason', 'decided_at', 'decided_by_id');
CREATE TRIGGER retention_playbookversion_locked BEFORE UPDATE ON retention_playbookversion
    FOR EACH ROW WHEN (OLD.status <> 'draft') EXECUTE FUNCTION
    rekindle_locked_row('status', 'retired_at', 'retired_by_id');
CREATE TRIGGER retention_assignment_locked BEFORE UPDATE ON retention_assignment
    FOR EACH ROW EXECUTE FUNCTION rekindle_locked_row(
        'contact_id', 'contaminated_at', 'contamination', 'contacted_at', 'clicked_at', 'converted_at', 'left_on',
        'revenue', 'later_revenue', 'active_30', 'active_60', 'active_90', 'cost', 'settled_at');

CREATE FUNCTION rekindle_published_steps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    version bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.version_id ELSE NEW.version_id END;
BEGIN
    IF EXISTS (SELECT FROM retention_playbookversion v WHERE v.id = version AND v.status <> 'draft') THEN
        RAISE EXCEPTION 'the steps of version % are published: make a new version instead', version
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER retention_playbookstep_published BEFORE INSERT OR UPDATE OR DELETE ON retention_playbookstep
    FOR EACH ROW EXECUTE FUNCTION rekindle_published_steps();

CREATE FUNCTION rekindle_assign_when_locked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows n JOIN retention_experiment e ON e.id = n.experiment_id
                WHERE e.locked_at IS NULL) THEN
        RAISE EXCEPTION 'nobody is assigned before the design is locked' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER retention_assignment_when_locked AFTER INSERT ON retention_assignment
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rekindle_assign_when_locked();
"""
UNLOCKED = """
DROP TRIGGER retention_assignment_when_locked ON retention_assignment;
DROP FUNCTION rekindle_assign_when_locked();
DROP TRIGGER retention_playbookstep_published ON retention_playbookstep;
DROP FUNCTION rekindle_published_steps();
DROP TRIGGER retention_assignment_locked ON retention_assignment;
DROP TRIGGER retention_playbookversion_locked ON retention_playbookversion;
DROP TRIGGER retention_experiment_locked ON retention_experiment;
DROP FUNCTION rekindle_locked_row();
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0008_playbooks"), ("staff", "0002_append_only_and_roles")]

    operations = [
        migrations.RunSQL(LOCKED, UNLOCKED),
        migrations.RunSQL(*append_only("retention_experimentreading")),
        migrations.RunSQL(*append_only("retention_guardrailreading")),
        migrations.RunSQL(
            "INSERT INTO retention_capacityrules (id, headroom_percent, review_days, call_days, wait_days, "
            "review_minute_cost, call_minute_cost, currency) VALUES (1, 20, 1, 2, 7, 0.60, 0.60, ''); "
            "INSERT INTO retention_playbooksweep (id, seen_change) VALUES (1, 0);",
            "DELETE FROM retention_capacityrules; DELETE FROM retention_playbooksweep;",
        ),
    ]
