"""Tells Django about the governance app and about the admin site that belongs to it."""

from importlib import import_module

from django.apps import AppConfig, apps
from django.contrib.admin.apps import SimpleAdminConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import module_has_submodule


class GovernanceConfig(AppConfig):
    name = "apps.governance"
    label = "governance"

    def ready(self) -> None:
        # Django's auth app comes after all of ours, so by its turn all permissions are made.
        post_migrate.connect(_give_permissions, sender=apps.get_app_config("auth"))
        _hear_of_federations()


def _give_permissions(**_kwargs: object) -> None:
    import_module("apps.governance.services.staff").sync_staff_roles()


def _hear_of_federations() -> None:
    told = import_module("apps.governance.views.federation.receivers")
    import_module("allauth.account.signals").user_logged_in.connect(told.remember_federation)


class CountersignAdminConfig(SimpleAdminConfig):
    """The admin with our own site, which knows our models only: what a library would register by
    itself (such as a form that re-points live tokens) does not exist (spec 5).
    """

    default_site = "apps.governance.admin.site.CountersignSite"

    def ready(self) -> None:
        super().ready()
        # First of all: the pages beside our site class register with it while it is being made,
        # and would be lost if another app's page had asked for the site before.
        import_module("apps.governance.admin")
        for config in apps.get_app_configs():
            if config.name.startswith("apps.") and module_has_submodule(config.module, "admin"):
                import_module(f"{config.name}.admin")
