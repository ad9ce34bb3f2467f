from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("identity", "0004_federated_identity")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="must_change_password",
            field=models.BooleanField(
                default=False, help_text="Staff chose it when they added the person."
            ),
        )
    ]
