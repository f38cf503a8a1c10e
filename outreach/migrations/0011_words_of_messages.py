"""Messages are found by the words of their texts, and by when they came. What had points before says so."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.conf import settings
from django.db import migrations, models


#: What they were for was not kept then.
NAME_POINTS = [
    f"""
    UPDATE outreach_{table}
       SET priority_reasons = jsonb_build_array(
               jsonb_build_object('points', priority, 'what', 'What was known when it was asked for'))
     WHERE priority <> 0 AND priority_reasons = '[]' AND status IN ({states})
    """
    for table, states in (("draft", "'awaiting_review', 'unknown', 'failed', 'approved'"), ("call", "'waiting'"))
]


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0014_birthdays'),
        ('outreach', '0010_the_order_of_the_queue'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(NAME_POINTS, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='draft',
            index=django.contrib.postgres.indexes.GinIndex(models.Func(models.Func(models.Func(models.F('subject'), models.F('body'), arg_joiner=" || ' ' || ", template='%(expressions)s'), models.Value("._-/@:+~<>&'’\\“”„‚‘«»‹›…–—·•*#|=()[]{}"), models.Value('                                      '), function='translate'), output_field=django.contrib.postgres.search.SearchVectorField(), template="to_tsvector('simple', %(expressions)s)"), condition=models.Q(('status__in', ('awaiting_review', 'unknown', 'failed', 'approved'))), name='draft_words'),
        ),
        migrations.AddIndex(
            model_name='draft',
            index=models.Index(condition=models.Q(('status', 'awaiting_review')), fields=['created_at'], name='draft_arrived'),
        ),
    ]
