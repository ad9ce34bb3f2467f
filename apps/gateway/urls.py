"""Where problems are explained and the API is described; these pages are for everybody."""

from django.urls import path

from apps.gateway import views

app_name = "gateway"
urlpatterns = [
    path("problems", views.problem_kinds, name="problems"),
    path("problems/<str:code>", views.problem_kind, name="problem"),
    path("api/v1/openapi.json", views.openapi, name="openapi"),
    path("api/docs", views.docs, name="docs"),
]
