"""Addresses of the pages that look along the road."""

from django.urls import path

from portal import status_views, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("find/", views.palette, name="palette"),
    path("s/", status_views.enter, name="enter"),
    path("s/<str:code>/", status_views.status, name="status"),
    path("s/<str:code>/photos/<uuid:key>/", status_views.photo, name="status_photo"),
]
