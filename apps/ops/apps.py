"""Tells Django about the ops app."""

from importlib import import_module

from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "apps.ops"
    label = "ops"

    def ready(self) -> None:
        import_module("apps.ops.checks")
