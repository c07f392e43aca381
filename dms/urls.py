"""The table of addresses. Every route stands in tests/contract/route_roles.py as well."""

from django.urls import include, path

from dms import health, metrics

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("api/", include("accounts.api_urls")),
    path("api/v1/", include("records.api_urls")),
    path("api/v1/", include("catalog.api_urls")),
    path("api/v1/", include("customers.api_urls")),
    path("api/v1/", include("reception.api_urls")),
    path("api/v1/", include("workshop.api_urls")),
    path("api/v1/", include("delivery.api_urls")),
    path("api/v1/", include("retention.api_urls")),
    path("accounts/", include("accounts.urls")),
    path("catalogue/", include("catalog.urls")),
    path("customers/", include("customers.urls")),
    path("", include("reception.urls")),
    path("workshop/", include("workshop.urls")),
    path("", include("records.urls")),
    path("delivery/", include("delivery.urls")),
    path("retention/", include("retention.urls")),
    path("", include("portal.urls")),
]

# Outside of a view the API answers in its own shape too.
handler400 = "dms.problems.bad_request"
handler404 = "dms.problems.not_found"
handler500 = "dms.problems.server_error"
