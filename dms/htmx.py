"""Small help for pages that htmx makes fast and that work without it."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render


def page(
    request: HttpRequest, template: str, context: dict[str, object], *, part: str = "", status: int = 200
) -> HttpResponse:
    """The whole page, or its partial `part` when htmx asks for it."""
    wanted = f"{template}#{part}" if part and getattr(request, "htmx", None) else template
    return render(request, wanted, context, status=status)


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Redirect after a POST; htmx follows by loading the page."""
    if getattr(request, "htmx", None):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    return HttpResponseRedirect(url)
