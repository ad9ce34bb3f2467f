"""The front page's address."""

from django.urls import path

from apps.governance import views

urlpatterns = [path("", views.front, name="front")]
