"""The baseline: Django, django-oauth-toolkit and DRF put together as their tutorials say."""
