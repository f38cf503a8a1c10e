"""Whether a component goes by the worst of its signals or by all of them together."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("retention", "0004_how_scores_are_stored")]

    operations = [
        migrations.AddField(
            model_name="scorecomponent",
            name="combine",
            field=models.CharField(
                choices=[("worst", "The worst of them"), ("sum", "All of them together")], default="worst", max_length=5
            ),
        ),
        migrations.AddConstraint(
            model_name="scorecomponent",
            constraint=models.CheckConstraint(
                condition=models.Q(("combine__in", ["worst", "sum"])), name="score_component_combine"
            ),
        ),
    ]
