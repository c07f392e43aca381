"""Addresses of sign-in, preferences and people."""

from django.urls import path

from accounts import calendar_views, desk_views, roster_views, security_views, signin_views, skill_views, views

app_name = "accounts"
urlpatterns = [
    path("login/", signin_views.SignInView.as_view(), name="login"),
    path("login/code/", signin_views.code, name="code"),
    path("login/passkey/", signin_views.passkey_ask, name="passkey_ask"),
    path("login/passkey/answer/", signin_views.passkey_answer, name="passkey_answer"),
    path("logout/", signin_views.SignOutView.as_view(), name="logout"),
    path("lock/", signin_views.lock, name="lock"),
    path("unlock/", signin_views.unlock, name="unlock"),
    path("mine/", security_views.security, name="security"),
    path("mine/confirm/", security_views.confirm, name="confirm"),
    path("mine/password/", security_views.own_password, name="own_password"),
    path("mine/pin/", security_views.own_pin, name="own_pin"),
    path("mine/app/", security_views.totp, name="totp"),
    path("mine/passkey/", security_views.passkey_new, name="passkey_new"),
    path("mine/passkey/add/", security_views.passkey_add, name="passkey_add"),
    path("mine/codes/", security_views.recovery, name="recovery"),
    path("mine/factors/<int:factor_id>/remove/", security_views.factor_remove, name="factor_remove"),
    path("mine/places/<int:sign_in_id>/end/", security_views.place_end, name="place_end"),
    path("mine/places/end/", security_views.places_end, name="places_end"),
    path("mine/tokens/", security_views.own_tokens, name="own_tokens"),
    path("mine/tokens/<int:token_id>/revoke/", security_views.token_revoke, name="token_revoke"),
    path("desks/", desk_views.desks, name="desks"),
    path("desks/<int:desk_id>/retire/", desk_views.desk_retire, name="desk_retire"),
    path("calendar/", calendar_views.days, name="special_days"),
    path("calendar/<int:special_id>/remove/", calendar_views.day_remove, name="special_day_remove"),
    path("calendar/shifts/", roster_views.roster, name="roster"),
    path("language/", views.language, name="language"),
    path("skills/", skill_views.skills, name="skills"),
    path("theme/", views.theme, name="theme"),
    path("branch/", views.branch, name="branch"),
    path("people/", views.people, name="people"),
    path("people/new/", views.new_person, name="new_person"),
    path("people/join/", views.join, name="join"),
    path("people/<int:membership_id>/", views.person, name="person"),
    path("people/<int:membership_id>/password/", views.person_password, name="person_password"),
    path("people/<int:membership_id>/factors/", views.person_factors, name="person_factors"),
]
