"""Addresses of the API of the return."""

from django.urls import path

from retention import api, lead_api

app_name = "api_retention"
urlpatterns = [
    path("reminders/", api.Reminders.as_view(), name="reminders"),
    path("trade-in-leads/", lead_api.Leads.as_view(), name="leads"),
    path("lapses/", api.Lapses.as_view(), name="lapses"),
]
