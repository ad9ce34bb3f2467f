"""Sums that one caller's orders cannot fill, so that nobody else's fail."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('procurement', '0013_contracts_and_updates'),
    ]

    operations = [
        migrations.AlterField(
            model_name='spendaccount',
            name='consumed',
            field=models.DecimalField(decimal_places=4, default=0, max_digits=38),
        ),
        migrations.AlterField(
            model_name='spendaccount',
            name='reserved',
            field=models.DecimalField(decimal_places=4, default=0, max_digits=38),
        ),
        migrations.AlterField(
            model_name='spendreservation',
            name='amount',
            field=models.DecimalField(decimal_places=4, max_digits=28),
        ),
    ]
