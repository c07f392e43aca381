"""Addresses of papers, photos and rules."""

from django.urls import path

from records import export_views, list_views, paper_views, views

app_name = "records"
urlpatterns = [
    path("papers/<int:paper_id>/<slug:sheet>.pdf", paper_views.paper_pdf, name="paper"),
    path("papers/together/<str:sheets>.pdf", paper_views.together_pdf, name="together"),
    path("papers/together/print", paper_views.together_print, name="print_together"),
    path("papers/prepare/<str:sheets>", paper_views.prepare, name="prepare"),
    path("papers/printable/<str:sheets>", paper_views.printable, name="printable"),
    path("papers/test-page.pdf", paper_views.test_page, name="test_page"),
    path("papers/<int:paper_id>/print", paper_views.paper_print, name="print"),
    path("photos/<uuid:key>/<slug:size>.jpg", views.photo, name="photo"),
    path("exports/", export_views.exports, name="exports"),
    path("exports/<str:key>/", export_views.export, name="export"),
    path("lists/", list_views.lists, name="lists"),
    path("lists/new/<str:table>/", list_views.new, name="list_new"),
    path("lists/<int:list_id>/", list_views.change, name="list"),
    path("lists/<int:list_id>/out", list_views.out, name="list_out"),
    path("lists/<int:list_id>/act", list_views.act, name="list_act"),
    path("rules/", views.rules, name="rules"),
    path("rules/<str:key>/", views.rule, name="rule"),
]
