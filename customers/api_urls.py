"""Addresses of the API of customers and vehicles."""

from django.urls import path

from customers import api, new_car_api

app_name = "api_customers"
urlpatterns = [
    path("customers/", api.Customers.as_view(), name="customers"),
    path("customers/search/", api.CustomerSearch.as_view(), name="customer_search"),
    path("customers/<int:customer_id>/", api.OneCustomer.as_view(), name="customer"),
    path("customers/<int:customer_id>/consents/", api.Consents.as_view(), name="consents"),
    path("hand-overs/", new_car_api.HandOvers.as_view(), name="hand_overs"),
    path("vehicles/", api.Vehicles.as_view(), name="vehicles"),
    path("vehicles/search/", api.VehicleSearch.as_view(), name="vehicle_search"),
    path("vehicles/<int:vehicle_id>/", api.OneVehicle.as_view(), name="vehicle"),
    path("vehicles/<int:vehicle_id>/readings/", api.Readings.as_view(), name="readings"),
    path("vehicles/<int:vehicle_id>/owner/", api.Owner.as_view(), name="owner"),
    path("vehicles/<int:vehicle_id>/forecasts/", api.Forecasts.as_view(), name="forecasts"),
]
