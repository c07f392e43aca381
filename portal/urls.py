"""Addresses of the pages that look along the road."""

from django.urls import path

from portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("find/", views.palette, name="palette"),
]
