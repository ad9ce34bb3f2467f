"""Clients whose assertions a trusted issuer signs."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("oauth", "0006_logout_outbox"),
        ("partners", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="client",
            name="oauth_client_keys_where_used",
        ),
        migrations.AddField(
            model_name="client",
            name="client_assertion_issuer",
            field=models.ForeignKey(blank=True, help_text="Who signs its client assertions, instead of a key of its own.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="clients", to="oauth.trustedissuer"),
        ),
        migrations.AddField(
            model_name="client",
            name="client_assertion_subject",
            field=models.CharField(blank=True, max_length=255),
        ),
        migrations.AddConstraint(
            model_name="client",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("token_endpoint_auth_method", "private_key_jwt"), _negated=True), ("client_jwks__isnull", False), models.Q(("client_jwks_uri", ""), _negated=True), models.Q(("did", ""), _negated=True), ("client_assertion_issuer__isnull", False), _connector="OR"), name="oauth_client_keys_where_used", violation_error_message="private_key_jwt needs keys or where to fetch them."),
        ),
        migrations.AddConstraint(
            model_name="client",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("client_assertion_issuer__isnull", True), ("client_assertion_subject", "")), models.Q(("client_assertion_issuer__isnull", False), models.Q(("client_assertion_subject", ""), _negated=True)), _connector="OR"), name="oauth_client_issuer_names_subject", violation_error_message="An issuer of assertions goes with the subject it names."),
        ),
    ]
