"""Addresses of sign-in, preferences and people."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("login/", views.SignInView.as_view(), name="login"),
    path("logout/", views.SignOutView.as_view(), name="logout"),
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
    path("branch/", views.branch, name="branch"),
    path("people/", views.people, name="people"),
    path("people/new/", views.new_person, name="new_person"),
    path("people/<int:membership_id>/", views.person, name="person"),
    path("people/<int:membership_id>/password/", views.person_password, name="person_password"),
]
