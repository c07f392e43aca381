"""Addresses of the API of exports."""

from django.urls import path

from records import export_api

app_name = "api_records"
urlpatterns = [
    path("exports/", export_api.Exports.as_view(), name="exports"),
    path("exports/<str:key>/", export_api.Export.as_view(), name="export"),
]
