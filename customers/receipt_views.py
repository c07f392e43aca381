"""Where providers report. Signed by them, or with the house's secret in the query, which is not logged."""

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from customers import receipts
from customers.channels import Provider, named
from customers.channels.esp import Esp
from customers.channels.twilio import Twilio, signature
from customers.services.receipts import note

#: Providers' answers to us are short; a returned letter may hold the letter itself.
LONGEST = 2_000_000


def _knows_the_secret(request: HttpRequest) -> bool:
    known = settings.MESSAGE_RECEIPT_SECRET
    return bool(known) and hmac.compare_digest(request.GET.get("secret", "").encode(), known.encode())


def _signed(request: HttpRequest, provider: Twilio) -> bool:
    """Their signature covers the address that they called, as they know it."""
    sent = request.headers.get("X-Twilio-Signature", "")
    values = {name: request.POST[name] for name in request.POST}
    wanted = signature(provider.callback(request.GET.get("key", "")), values, provider.account.password)
    return hmac.compare_digest(sent.encode(), wanted.encode())


def _reports(request: HttpRequest, provider: Provider) -> list[receipts.Receipt | receipts.Reply]:
    """Raises Http404 for whoever does not prove to be the provider, ValueError for what cannot be read."""
    if isinstance(provider, Twilio):
        if not _signed(request, provider):
            raise Http404
        return list(receipts.twilio(request.POST, request.GET.get("key", "")))
    if not _knows_the_secret(request):
        raise Http404
    if isinstance(provider, Esp):
        return list(receipts.esp(provider.events(request)))
    readers = {"Aliyun": receipts.aliyun, "Tencent": receipts.tencent, "Mail": receipts.mail}
    reader = readers.get(type(provider).__name__)
    if reader is None:
        raise Http404
    return list(reader(request.body))


@csrf_exempt  # a provider has no cookie of ours
@require_POST
def report(request: HttpRequest, gateway: str) -> HttpResponse:
    """Receipts, bounces and answers of one provider. 404 for everybody else, as if there were nothing here."""
    provider = named(gateway)
    if provider is None or len(request.body) > LONGEST:
        raise Http404
    try:
        reports = _reports(request, provider)
    except ValueError:
        return HttpResponse(status=400)
    note(provider=gateway, reports=reports)
    # Alibaba Cloud asks for `code`, Tencent Cloud for `result`; the others for any 200.
    return JsonResponse({"code": 0, "msg": "OK", "result": 0, "errmsg": "OK"})
