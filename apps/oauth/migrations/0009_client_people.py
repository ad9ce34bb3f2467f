"""Whom a client may act for. The buyer's own are for the buyer's people from now on; a partner's
stay what they were: a vendor's for its own people, an integration partner's for everybody.
"""

from typing import Any

from django.db import migrations, models


def keep_of_partners(apps: Any, _editor: Any) -> None:  # noqa: ANN401 -- Django's signature
    of_partners = apps.get_model("oauth", "Client").objects.filter(partner__isnull=False)
    of_partners.filter(partner__kind="vendor").update(people="partner")
    of_partners.exclude(partner__kind="vendor").update(people="everyone")


class Migration(migrations.Migration):
    dependencies = [("oauth", "0008_restricted_scope_requests")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="people",
            field=models.CharField(
                choices=[
                    ("buyer", "The buyer's own people"),
                    ("partner", "Its partner's people"),
                    ("everyone", "Everybody with a role"),
                ],
                default="buyer",
                help_text="Whom it may act for.",
                max_length=20,
            ),
        ),
        migrations.RunPython(keep_of_partners, migrations.RunPython.noop),
    ]
