"""Addresses of the API of customers and vehicles."""

from django.urls import path

from customers import api, import_api, merge_api, new_car_api

app_name = "api_customers"
urlpatterns = [
    path("customers/", api.Customers.as_view(), name="customers"),
    path("customers/search/", api.CustomerSearch.as_view(), name="customer_search"),
    path("customers/<int:customer_id>/", api.OneCustomer.as_view(), name="customer"),
    path("customers/<int:customer_id>/consents/", api.Consents.as_view(), name="consents"),
    path("duplicates/", merge_api.Duplicates.as_view(), name="duplicates"),
    path("duplicates/apart/", merge_api.Apart.as_view(), name="apart"),
    path("hand-overs/", new_car_api.HandOvers.as_view(), name="hand_overs"),
    path("imports/", import_api.Imports.as_view(), name="imports"),
    path("imports/<int:run_id>/", import_api.OneImport.as_view(), name="import"),
    path("imports/<int:run_id>/bad-rows/", import_api.ImportBadRows.as_view(), name="import_bad_rows"),
    path("imports/<int:run_id>/columns/", import_api.ImportColumns.as_view(), name="import_columns"),
    path("imports/<int:run_id>/columns/again/", import_api.ImportColumnsAgain.as_view(), name="import_again"),
    path("imports/<int:run_id>/start/", import_api.ImportStart.as_view(), name="import_start"),
    path("imports/<int:run_id>/cancel/", import_api.ImportCancel.as_view(), name="import_cancel"),
    path("merges/", merge_api.Merges.as_view(), name="merges"),
    path("merges/<int:merge_id>/undo/", merge_api.UndoMerge.as_view(), name="undo_merge"),
    path("vehicles/", api.Vehicles.as_view(), name="vehicles"),
    path("vehicles/search/", api.VehicleSearch.as_view(), name="vehicle_search"),
    path("vehicles/<int:vehicle_id>/", api.OneVehicle.as_view(), name="vehicle"),
    path("vehicles/<int:vehicle_id>/readings/", api.Readings.as_view(), name="readings"),
    path("vehicles/<int:vehicle_id>/owner/", api.Owner.as_view(), name="owner"),
    path("vehicles/<int:vehicle_id>/forecasts/", api.Forecasts.as_view(), name="forecasts"),
]
