import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oauth", "0009_client_people")]

    operations = [
        migrations.AddField(
            model_name="trustedissuer",
            name="presenters",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=100),
                blank=True,
                default=list,
                help_text="Ids of the clients that may come with its tokens.",
                size=None,
            ),
        )
    ]
