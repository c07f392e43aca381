"""Addresses of the catalogue's API."""

from django.urls import path

from catalog import api

app_name = "api_catalog"
urlpatterns = [
    path("operations/", api.Operations.as_view(), name="operations"),
    path("menus/", api.Menus.as_view(), name="menus"),
    path("parts/", api.Parts.as_view(), name="parts"),
    path("inspection-points/", api.InspectionPoints.as_view(), name="inspection_points"),
    path("vehicle-models/", api.Models.as_view(), name="models"),
]
