"""Keeping it running: health, metrics, job history, every Celery task, demo data, system checks."""
