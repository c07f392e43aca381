"""Addresses of customers and vehicles. No address holds a name, a phone number or a plate: they end in logs."""

from django.urls import path

from customers import views

app_name = "customers"
urlpatterns = [
    path("", views.vehicles, name="vehicles"),
    path("new/", views.new, name="new"),
    path("vehicles/<int:vehicle_id>/", views.vehicle, name="vehicle"),
    path("vehicles/<int:vehicle_id>/edit/", views.edit_vehicle, name="edit_vehicle"),
    path("vehicles/<int:vehicle_id>/reading/", views.add_reading, name="add_reading"),
    path("vehicles/<int:vehicle_id>/care/", views.edit_care, name="edit_care"),
    path("people/<int:customer_id>/edit/", views.edit_customer, name="edit_customer"),
    path("people/<int:customer_id>/consent/", views.add_consent, name="add_consent"),
]
