"""Small help for pages that htmx makes fast and that work without it."""

import re
from collections.abc import Callable
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


def polled(
    request: HttpRequest,
    template: str,
    context: dict[str, object] | Callable[[], dict[str, object]],
    *,
    part: str,
    stamp: str = "",
) -> HttpResponse:
    """A page with a partial that is asked for again and again: 304 while the partial says the same.

    With a `stamp`, which changes whenever the partial may, nothing is read or rendered for a 304. The page gets the
    rendered partial as `fragment` and its ETag as `etag`; htmx gets the partial alone.
    """
    htmx, etag = getattr(request, "htmx", None), _etag(stamp)
    if htmx and stamp:
        unchanged = get_conditional_response(request, etag, None, _fragment("", etag))
        if unchanged is not None and unchanged.status_code == 304:
            return unchanged
    known = context() if callable(context) else context
    fragment = render_to_string(f"{template}#{part}", known, request)
    etag = etag if stamp else _etag(_TOKEN.sub("", fragment))
    if not htmx:
        return render(request, template, known | {"fragment": fragment, "etag": etag})
    response = _fragment(fragment, etag)
    return get_conditional_response(request, etag, None, response) or response


def _fragment(text: str, etag: str) -> HttpResponse:
    response = HttpResponse(text, headers={"ETag": etag, "Cache-Control": "private, no-cache"})
    patch_vary_headers(response, ["HX-Request"])
    return response


def _etag(text: str) -> str:
    return f'"{sha256(text.encode()).hexdigest()[:32]}"'


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Redirect after a POST; htmx follows by loading the page."""
    if getattr(request, "htmx", None):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    return HttpResponseRedirect(url)
