"""Which browser sign-in a session was allowed in, and what applications are to be told of."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oauth", "0005_lineage")]

    operations = [
        migrations.AddField(
            model_name="tokensession",
            name="sign_in_id",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="tokensession",
            index=models.Index(
                condition=models.Q(("sign_in_id", ""), _negated=True),
                fields=["sign_in_id"],
                name="oauth_session_sign_in",
            ),
        ),
        migrations.CreateModel(
            name="LogoutNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                ("fault", models.CharField(blank=True, max_length=200)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="oauth.client",
                    ),
                ),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="logout_notice",
                        to="oauth.tokensession",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at__isnull", True)),
                        fields=["due_at"],
                        name="oauth_logoutnotice_due",
                    ),
                    models.Index(fields=["created_at"], name="oauth_logoutnotice_created"),
                ],
            },
        ),
    ]
