"""The table of addresses. Every route stands in tests/contract/route_roles.py as well."""

from django.urls import include, path

from dms import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include("accounts.urls")),
    path("customers/", include("customers.urls")),
    path("", include("reception.urls")),
    path("workshop/", include("workshop.urls")),
    path("", include("records.urls")),
    path("delivery/", include("delivery.urls")),
    path("retention/", include("retention.urls")),
    path("", include("portal.urls")),
]
