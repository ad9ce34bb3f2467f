"""The contract of an order, and when a proposal or difference was last written."""

from django.db import migrations, models

# The last of what is known to have happened to each.
FILL = """
UPDATE procurement_orderchange SET updated_at = GREATEST(
    created_at, approved_at, decided_at,
    (SELECT max(at) FROM procurement_approval WHERE change_id = procurement_orderchange.id)
);
UPDATE procurement_matchexception SET updated_at = GREATEST(created_at, resolved_at)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('procurement', '0012_costs_and_effects'),
    ]

    operations = [
        migrations.AddField(
            model_name='purchaseorder',
            name='contract_ref',
            field=models.CharField(blank=True, default='', help_text='The contract it is placed under', max_length=200),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='orderchange',
            name='updated_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='matchexception',
            name='updated_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='orderchange',
            name='updated_at',
            field=models.DateTimeField(),
        ),
        migrations.AlterField(
            model_name='matchexception',
            name='updated_at',
            field=models.DateTimeField(),
        ),
        migrations.AddIndex(
            model_name='shipmentnotice',
            index=models.Index(fields=['updated_at', 'id'], name='procurement_shipment_updated'),
        ),
    ]
