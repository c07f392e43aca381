"""Addresses of the API of the return."""

from django.urls import path

from retention import api

app_name = "api_retention"
urlpatterns = [
    path("reminders/", api.Reminders.as_view(), name="reminders"),
    path("lapses/", api.Lapses.as_view(), name="lapses"),
]
