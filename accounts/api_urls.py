"""Addresses of the API that belong to no single app: who am I, the description, the page to read it."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from accounts import api

app_name = "api"
urlpatterns = [
    path("v1/me/", api.WhoAmI.as_view(), name="me"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", api.docs, name="docs"),
]
