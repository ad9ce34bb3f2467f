import django.contrib.postgres.fields
from django.db import migrations, models

import apps.partners.models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='partner',
            name='portal_roles',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('salesperson', 'Salesperson'), ('manager', 'Manager'), ('admin', 'Admin'), ('viewer', 'Viewer'), ('editor', 'Editor'), ('approver_admin', 'Approver Admin'), ('integration', 'Integration')], max_length=20), blank=True, default=apps.partners.models.vendor_roles, help_text='What its own admins may make of its people in the portal.', size=None),
        ),
    ]
