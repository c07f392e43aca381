"""Addresses of retention."""

from django.urls import path

from retention import brand_views, call_views, campaign_views, complaint_views, lead_views, overview_views, views

app_name = "retention"
urlpatterns = [
    path("", views.due, name="due"),
    path("lapsed/", views.lapsed, name="lapsed"),
    path("lapsed/<int:vehicle_id>/", views.case, name="case"),
    path("brands/", brand_views.brands, name="brands"),
    path("sweeps/", views.sweeps, name="sweeps"),
    path("overview/", overview_views.overview, name="overview"),
    path("overview/base/", overview_views.base, name="overview_base"),
    path("overview/retained/<str:day>/", overview_views.retained, name="overview_retained"),
    path("overview/<slug:name>/", overview_views.step, name="overview_step"),
    path("campaigns/", campaign_views.index, name="campaigns"),
    path("campaigns/new/", campaign_views.new, name="campaign_new"),
    path("campaigns/<int:campaign_id>/", campaign_views.campaign, name="campaign"),
    path("campaigns/<int:campaign_id>/edit/", campaign_views.edit, name="campaign_edit"),
    path("campaigns/<int:campaign_id>/start/", campaign_views.start, name="campaign_start"),
    path("campaigns/<int:campaign_id>/stop/", campaign_views.stop, name="campaign_stop"),
    path("campaigns/<int:campaign_id>/<slug:stage>/", campaign_views.members, name="campaign_members"),
    path("sweep/", views.sweep, name="sweep"),
    path("calls/", call_views.due_calls, name="calls"),
    path("calls/made/", call_views.made, name="calls_made"),
    path("calls/next/", call_views.next_call, name="next_call"),
    path("calls/<int:task_id>/", call_views.call, name="call"),
    path("calls/<int:task_id>/take/", call_views.take_call, name="take_call"),
    path("calls/<int:task_id>/back/", call_views.put_back, name="put_back"),
    path("calls/<int:task_id>/tried/", call_views.tried, name="tried"),
    path("surveys/<int:order_id>/", call_views.survey, name="survey"),
    path("leads/", lead_views.listed, name="leads"),
    path("leads/new/<int:vehicle_id>/", lead_views.new, name="lead_new"),
    path("leads/<int:lead_id>/", lead_views.act, name="lead_act"),
    path("wishes/", call_views.wished, name="wishes"),
    path("wishes/<int:wish_id>/handled/", call_views.wish_handled, name="wish_handled"),
    path("complaints/", complaint_views.listed, name="complaints"),
    path("complaints/new/<int:vehicle_id>/", complaint_views.new, name="complaint_new"),
    path("complaints/<int:complaint_id>/", complaint_views.complaint, name="complaint"),
    path("complaints/<int:complaint_id>/<str:action>/", complaint_views.act, name="complaint_act"),
]
