"""Addresses of the pages that look along the road."""

from django.urls import path

from portal import booking_views, status_views, tv_views, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("find/", views.palette, name="palette"),
    path("b/<slug:branch_code>/", booking_views.book, name="booking"),
    path("b/<slug:branch_code>/mine/", booking_views.mine, name="booking_mine"),
    path("b/<slug:branch_code>/code/<slug:proof>/", booking_views.code, name="booking_code"),
    path("b/<slug:branch_code>/own/<slug:proof>/", booking_views.own, name="booking_own"),
    path("b/<slug:branch_code>/own/<slug:proof>/appointment.ics", booking_views.own_time, name="booking_time"),
    path("b/<slug:branch_code>/free/", booking_views.free, name="booking_free"),
    path("calendar/<slug:secret>.ics", booking_views.feed, name="feed"),
    path("tv/<slug:link>/", tv_views.workshop, name="tv"),
    path("tv/<slug:link>/lounge/", tv_views.lounge, name="tv_lounge"),
    path("s/", status_views.enter, name="enter"),
    path("s/<str:code>/", status_views.status, name="status"),
    path("s/<str:code>/survey/", status_views.survey, name="status_survey"),
    path("s/<str:code>/wish/", status_views.wish, name="status_wish"),
    path("s/<str:code>/want/", status_views.want, name="status_want"),
    path("s/<str:code>/pickup/", status_views.pickup, name="status_pickup"),
    path("s/<str:code>/pay/", status_views.pay, name="status_pay"),
    path("s/<str:code>/stop/", status_views.stop, name="status_stop"),
    path("s/<str:code>/bill/", status_views.bill, name="status_bill"),
    path("s/<str:code>/photos/<uuid:key>/", status_views.photo, name="status_photo"),
]
