"""Addresses of retention."""

from django.urls import path

from retention import campaign_views, views

app_name = "retention"
urlpatterns = [
    path("", views.due, name="due"),
    path("lapsed/", views.lapsed, name="lapsed"),
    path("sweeps/", views.sweeps, name="sweeps"),
    path("campaigns/", campaign_views.index, name="campaigns"),
    path("campaigns/new/", campaign_views.new, name="campaign_new"),
    path("campaigns/<int:campaign_id>/", campaign_views.campaign, name="campaign"),
    path("campaigns/<int:campaign_id>/edit/", campaign_views.edit, name="campaign_edit"),
    path("campaigns/<int:campaign_id>/start/", campaign_views.start, name="campaign_start"),
    path("campaigns/<int:campaign_id>/stop/", campaign_views.stop, name="campaign_stop"),
    path("campaigns/<int:campaign_id>/<slug:stage>/", campaign_views.members, name="campaign_members"),
    path("sweep/", views.sweep, name="sweep"),
]
