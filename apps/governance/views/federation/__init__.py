"""Signing in by a provider upstream: django-allauth does it, we say by which."""
