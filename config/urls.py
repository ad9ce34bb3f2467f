"""Every address the product answers at."""

from django.contrib import admin
from django.urls import include, path

handler400 = "apps.gateway.views.bad_request"
handler403 = "apps.gateway.views.permission_denied"
handler404 = "apps.gateway.views.not_found"
handler429 = "apps.identity.views.too_many"  # django-allauth looks for it here.
handler500 = "apps.gateway.views.server_error"

# Read from the top at every request, so what machines ask for most comes first.
urlpatterns = [
    path("api/v1/", include("config.api")),
    path("", include("apps.oauth.urls")),
    path("", include("apps.governance.urls")),
    path("", include("apps.ops.urls")),
    path("", include("apps.audit.urls")),
    path("", include("apps.gateway.urls")),
    path("account/", include("apps.identity.urls")),
    path("admin/", admin.site.urls),
]
