"""Nobody has an intake case open: it is answered in its list, and the answer that comes second is told so."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0005_hours_claims_and_notices'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='claim',
            name='claim_kind',
        ),
        migrations.AlterField(
            model_name='claim',
            name='kind',
            field=models.CharField(choices=[('message', 'Message'), ('call', 'Call')], max_length=8),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['message', 'call'])), name='claim_kind'),
        ),
    ]
