"""The queues are ordered by when something is due, less half an hour for each point of its priority."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


TABLES = ("draft", "call")
KEEP_RANK = """
CREATE FUNCTION outreach_keep_rank() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.rank_at := NEW.due_at - NEW.priority * interval '30 minutes';
    RETURN NEW;
END
$$;
""" + "".join(
    f"""
CREATE TRIGGER {table}_keeps_rank BEFORE INSERT OR UPDATE OF due_at, priority, rank_at ON outreach_{table}
    FOR EACH ROW EXECUTE FUNCTION outreach_keep_rank();
"""
    for table in TABLES
)
DROP_RANK = (
    "".join(f"DROP TRIGGER {table}_keeps_rank ON outreach_{table};" for table in TABLES)
    + "DROP FUNCTION outreach_keep_rank();"
)


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0014_birthdays'),
        ('outreach', '0009_words_of_shipped_playbooks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='call',
            options={'ordering': ['rank_at', 'id'], 'permissions': [('make_calls', 'Can make calls and keep what came of them')]},
        ),
        migrations.AlterModelOptions(
            name='draft',
            options={'ordering': ['rank_at', 'id']},
        ),
        migrations.RemoveIndex(
            model_name='call',
            name='call_queue',
        ),
        migrations.RemoveIndex(
            model_name='call',
            name='call_queue_all',
        ),
        migrations.RemoveIndex(
            model_name='draft',
            name='draft_queue',
        ),
        migrations.RemoveIndex(
            model_name='draft',
            name='draft_queue_all',
        ),
        migrations.AddField(
            model_name='call',
            name='priority_reasons',
            field=models.JSONField(blank=True, default=list, help_text='What the points are for: a list of {points, what}'),
        ),
        migrations.AddField(
            model_name='call',
            name='rank_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, help_text='due_at less half an hour a point, kept by the database. The order'),
        ),
        migrations.AddField(
            model_name='draft',
            name='price_edited_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='draft',
            name='price_edited_by',
            field=models.ForeignKey(blank=True, help_text='Who changed a price in this text last; somebody else approves it then', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='draft',
            name='priority_reasons',
            field=models.JSONField(blank=True, default=list, help_text='What the points are for: a list of {points, what}'),
        ),
        migrations.AddField(
            model_name='draft',
            name='rank_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, help_text='due_at less half an hour a point, kept by the database. The order'),
        ),
        migrations.AddField(
            model_name='draft',
            name='snooze_reason',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='draft',
            name='snoozed_until',
            field=models.DateTimeField(blank=True, help_text='Not shown among what waits before then', null=True),
        ),
        migrations.AddField(
            model_name='draft',
            name='undo_until',
            field=models.DateTimeField(blank=True, help_text='Until then its approval can be taken back, and it does not leave', null=True),
        ),
        migrations.AlterField(
            model_name='call',
            name='priority',
            field=models.IntegerField(default=0, help_text='Points. Each counts as if it was due half an hour earlier'),
        ),
        migrations.AlterField(
            model_name='draft',
            name='priority',
            field=models.IntegerField(default=0, help_text='Points. Each counts as if it was due half an hour earlier'),
        ),
        migrations.RunSQL(KEEP_RANK, DROP_RANK),
        migrations.RunSQL(
            [f"UPDATE outreach_{table} SET priority = priority" for table in TABLES], migrations.RunSQL.noop
        ),
        migrations.AddIndex(
            model_name='call',
            index=models.Index(fields=['owner', 'status', 'rank_at', 'id'], name='call_queue'),
        ),
        migrations.AddIndex(
            model_name='call',
            index=models.Index(fields=['status', 'rank_at', 'id'], name='call_queue_all'),
        ),
        migrations.AddIndex(
            model_name='draft',
            index=models.Index(fields=['owner', 'status', 'rank_at', 'id'], name='draft_queue'),
        ),
        migrations.AddIndex(
            model_name='draft',
            index=models.Index(fields=['status', 'rank_at', 'id'], name='draft_queue_all'),
        ),
        migrations.AddIndex(
            model_name='draft',
            index=models.Index(condition=models.Q(('snoozed_until__isnull', False)), fields=['snoozed_until'], name='draft_snoozed'),
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('price_edited_at__isnull', True), ('price_edited_by__isnull', True)), models.Q(('price_edited_at__isnull', False), ('price_edited_by__isnull', False)), _connector='OR'), name='draft_price_edited_pair'),
        ),
    ]
