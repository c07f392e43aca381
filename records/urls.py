"""Addresses of papers, photos and rules."""

from django.urls import path

from records import views

app_name = "records"
urlpatterns = [
    path("papers/<int:paper_id>/<slug:sheet>.pdf", views.paper_pdf, name="paper"),
    path("papers/together/<str:sheets>.pdf", views.together_pdf, name="together"),
    path("papers/together/print", views.together_print, name="print_together"),
    path("photos/<uuid:key>/<slug:size>.jpg", views.photo, name="photo"),
    path("papers/<int:paper_id>/print", views.paper_print, name="print"),
    path("rules/", views.rules, name="rules"),
    path("rules/<str:key>/", views.rule, name="rule"),
]
