"""Small help for pages that htmx makes fast and that work without it."""

import re
from hashlib import sha256

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response, patch_vary_headers

#: Masked anew at every rendering, so no part of what a fragment says.
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


def page(
    request: HttpRequest, template: str, context: dict[str, object], *, part: str = "", status: int = 200
) -> HttpResponse:
    """The whole page, or its partial `part` when htmx asks for it."""
    wanted = f"{template}#{part}" if part and getattr(request, "htmx", None) else template
    return render(request, wanted, context, status=status)


def polled(request: HttpRequest, template: str, context: dict[str, object], *, part: str) -> HttpResponse:
    """A page with a partial that is asked for again and again: 304 while the partial says the same.

    The page gets the rendered partial as `fragment` and its ETag as `etag`; htmx gets the partial alone.
    """
    fragment = render_to_string(f"{template}#{part}", context, request)
    etag = f'"{sha256(_TOKEN.sub("", fragment).encode()).hexdigest()[:32]}"'
    if not getattr(request, "htmx", None):
        return render(request, template, context | {"fragment": fragment, "etag": etag})
    response = HttpResponse(fragment, headers={"ETag": etag, "Cache-Control": "private, no-cache"})
    patch_vary_headers(response, ["HX-Request"])
    return get_conditional_response(request, etag, None, response) or response


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Redirect after a POST; htmx follows by loading the page."""
    if getattr(request, "htmx", None):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    return HttpResponseRedirect(url)
