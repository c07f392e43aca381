"""Pages of customers are kept by no cache, found by no search engine and named to no other site."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest
from django.http.response import HttpResponseBase


def private(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Kept by no cache, found by no search engine, named to no other site."""

    @wraps(view)
    def kept(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        # The browser would send no Origin with `no-referrer`, and the answer's form needs it.
        response["Referrer-Policy"] = "same-origin"
        return response

    return kept
