"""Whom a client may act for. Those of the buyer's own that ask only who somebody is are for the
buyer's people from now on; the others stay what they were: a vendor's for its own people, the rest
for everybody with a role.
"""

from typing import Any

from django.db import migrations, models


SAY_WHO = ["openid", "profile", "email", "offline_access"]


def keep_of_partners(apps: Any, _editor: Any) -> None:  # noqa: ANN401 -- Django's signature
    clients = apps.get_model("oauth", "Client").objects
    clients.filter(partner__kind="vendor").update(people="partner")
    clients.filter(partner__isnull=False).exclude(partner__kind="vendor").update(people="everyone")
    in_house = clients.filter(partner__isnull=True)
    in_house.exclude(allowed_scopes__contained_by=SAY_WHO).update(people="everyone")


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
