"""Every address the product answers at."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("apps.governance.urls")),
    path("", include("apps.oauth.urls")),
    path("account/", include("apps.identity.urls")),
    path("admin/", admin.site.urls),
]
