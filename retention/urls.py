"""Addresses of retention."""

from django.urls import path

from retention import views

app_name = "retention"
urlpatterns = [
    path("", views.due, name="due"),
    path("lapsed/", views.lapsed, name="lapsed"),
    path("sweeps/", views.sweeps, name="sweeps"),
    path("sweep/", views.sweep, name="sweep"),
]
