"""The admin site: our name, our look, our home page."""

from django.contrib.admin import AdminSite


class CountersignSite(AdminSite):
    site_header = "Countersign"
    site_title = "Countersign"
    index_title = "Access and orders"
    enable_nav_sidebar = True
