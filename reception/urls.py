"""Addresses of reception."""

from django.urls import path

from reception import views

app_name = "reception"
urlpatterns = [
    path("today/", views.today, name="today"),
    path("register/", views.register, name="register"),
    path("orders/", views.orders, name="orders"),
    path("arrive/<int:vehicle_id>/", views.arrive, name="arrive"),
    path("orders/<int:order_id>/", views.order, name="order"),
    path("orders/<int:order_id>/check-in/", views.check_in, name="check_in"),
    path("orders/<int:order_id>/check-in/draft/", views.autosave, name="autosave"),
    path("orders/<int:order_id>/check-in/find/", views.find_work, name="find_work"),
    path("orders/<int:order_id>/photos/", views.add_photo, name="add_photo"),
    path("orders/<int:order_id>/step/<slug:action>/", views.step, name="step"),
]
