"""Where the trail's public keys are."""

from django.urls import path

from apps.audit import views

app_name = "audit"
urlpatterns = [
    path(".well-known/countersign-keys", views.signing_keys, name="signing-keys"),
]
