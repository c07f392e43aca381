"""Tables to take out by the API. A POST, since it is kept who took what."""

from typing import Any

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import ApiView
from accounts.serializers import page_of
from records.exports import columns_for, known, tables_for
from records.services.export import CONTENT_TYPES, CSV, XLSX, answer_of, take_out

#: Without the charset, which is no part of a media type.
FILES = [kind.partition(";")[0] for kind in CONTENT_TYPES.values()]


class TableShown(serializers.Serializer[Any]):
    """A table that this person may take out, with the columns that they may see."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # its name in the answer
    columns = serializers.ListField(child=serializers.CharField())


class TableWanted(serializers.Serializer[Any]):
    """As which file."""

    form = serializers.ChoiceField([CSV, XLSX], default=CSV)


class Exports(ApiView):
    """What can be taken out."""

    permission = "records.export"

    @extend_schema(responses=page_of(TableShown), summary="Tables that you may take out")
    def get(self, request: Request) -> Response:
        actor = self.actor
        found = [
            {"key": table.key, "label": table.label, "columns": [str(one.label) for one in columns_for(actor, table)]}
            for table in tables_for(actor)
        ]
        return self.rows(TableShown, found)


class Export(ApiView):
    """One table as a file."""

    permission = "records.export"

    @extend_schema(
        request=TableWanted, responses={(200, kind): OpenApiTypes.BINARY for kind in FILES},
        summary="Take a table out; who took which is kept",
    )  # fmt: skip
    def post(self, request: Request, key: str) -> HttpResponse:
        if not known(key):
            raise Http404
        form = self.read(TableWanted)["form"]
        return answer_of(self.actor, take_out(actor=self.actor, key=key, form=form), form)
