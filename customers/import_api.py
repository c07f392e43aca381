"""Imports by the API: a list is sent, its columns are chosen, it is checked, run, and taken back."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, SIZE
from accounts.serializers import page_of
from customers.import_states import ImportKind, ImportState
from customers.imports import columns, reading, runs
from customers.models import ImportRow, ImportRun
from records.api import ActView


class ImportNew(serializers.Serializer[Any]):
    """A list, as `multipart/form-data`."""

    kind = serializers.ChoiceField(ImportKind.choices, help_text="What the list holds")
    file = serializers.FileField(allow_empty_file=True, help_text="CSV or XLSX, at most 64 MB, in whatever encoding")


class ImportField(serializers.Serializer[Any]):
    """A field that a column can be."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # its name in the answer


class ImportShown(serializers.ModelSerializer[ImportRun]):
    """An import: its columns in the order of the file, how far it is, what it would do or has done."""

    fields_known = serializers.SerializerMethodField(help_text="What a column can be: the keys of `mapping`")
    percent = serializers.SerializerMethodField(help_text="Of the writing; null while nobody knows how much there is")

    class Meta:
        model = ImportRun
        fields = [
            "id", "kind", "state", "file_name", "encoding", "header", "mapping", "fields_known", "fill_only",
            "total_rows", "read_rows", "bad_rows", "done_rows", "percent", "counts", "trouble", "made_at", "ended_at",
        ]  # fmt: skip
        extra_kwargs = {
            "header": {"help_text": "The names of the columns in the file"},
            "mapping": {"help_text": "For each column the key of our field, or an empty text: guessed until chosen"},
            "trouble": {"help_text": "Why it failed; else empty"},
        }

    @extend_schema_field(ImportField(many=True))
    def get_fields_known(self, row: ImportRun) -> list[dict[str, str]]:
        return [{"key": field.key, "label": str(field.label)} for field in columns.FIELDS[row.kind]]

    def get_percent(self, row: ImportRun) -> int | None:
        return 100 if row.state == ImportState.DONE else reading.share_of(row)


class ColumnsChosen(serializers.Serializer[Any]):
    """What each column is, in the order of the file; an empty text leaves a column out."""

    mapping = serializers.ListField(child=serializers.CharField(max_length=40, allow_blank=True), max_length=500)
    fill_only = serializers.BooleanField(
        default=True, help_text="What stands here stays, and only gaps are filled; false: the file's word goes first"
    )


class ImportRowShown(serializers.ModelSerializer[ImportRow]):
    """A row that is not imported: where it stands in the file, what is wrong, the row as it came."""

    problems = serializers.SerializerMethodField()
    cells = serializers.SerializerMethodField()

    class Meta:
        model = ImportRow
        fields = ["number", "line", "problems", "cells"]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_problems(self, row: ImportRow) -> list[str]:
        return reading.sentences_of(row.run, row)

    @extend_schema_field(serializers.ListField(child=serializers.CharField(allow_null=True)))
    def get_cells(self, row: ImportRow) -> list[Any]:
        return row.raw or []


class _OfImports(ActView):
    permission = "records.import"
    keyed = True

    def run_named(self, run_id: int) -> ImportRun:
        """404 for another branch's."""
        found = reading.run_of(run_id, self.actor.branch)
        if found is None:
            raise Http404
        return found

    def moved(self, run_id: int, act: Callable[..., ImportRun], **sent: Any) -> Response:
        """One step of an import, and the import as it is then."""
        run = self.run_named(run_id)
        return self.act(lambda: self.show(ImportShown, act(actor=self.actor, run_id=run.pk, **sent)))


class Imports(_OfImports):
    """Lists from other systems."""

    queries = {"GET": [AFTER, SIZE]}
    parser_classes = [MultiPartParser]

    @extend_schema(responses=page_of(ImportShown), summary="Imports, newest first")
    def get(self, request: Request) -> Response:
        size = self.size()
        found = reading.runs_after(self.actor.branch, self.number("after"), size + 1)
        return self.rows(ImportShown, found[:size], found[size - 1].pk if len(found) > size else None)

    @extend_schema(request={"multipart/form-data": ImportNew}, responses={201: ImportShown}, summary="Send a list")
    def post(self, request: Request) -> Response:
        sent = self.read(ImportNew)
        file = sent["file"]

        def do() -> dict[str, Any]:
            run = runs.begin(actor=self.actor, kind=sent["kind"], file=file, name=file.name)
            return self.show(ImportShown, run)

        return self.act(do, 201)

    def sent(self) -> str:
        """A file has no JSON: its SHA-256 stands for it."""
        mark = hashlib.sha256()
        data: Any = self.request.data
        file = data["file"]
        for piece in file.chunks():
            mark.update(piece)
        file.seek(0)
        return json.dumps({"kind": data["kind"], "file": mark.hexdigest()})


class OneImport(_OfImports):
    """One import: where it is."""

    keyed = False

    @extend_schema(responses=ImportShown, summary="One import")
    def get(self, request: Request, run_id: int) -> Response:
        return self.answer(self.show(ImportShown, self.run_named(run_id)))


class ImportColumns(_OfImports):
    """The columns."""

    @extend_schema(request=ColumnsChosen, responses=ImportShown, summary="Choose the columns; the check begins")
    def post(self, request: Request, run_id: int) -> Response:
        self.run_named(run_id)
        return self.moved(run_id, runs.choose, **self.read(ColumnsChosen))


class ImportColumnsAgain(_OfImports):
    """Back to the columns."""

    @extend_schema(request=None, responses=ImportShown, summary="Choose other columns; the check is thrown away")
    def post(self, request: Request, run_id: int) -> Response:
        return self.moved(run_id, runs.choose_again)


class ImportStart(_OfImports):
    """The run."""

    @extend_schema(request=None, responses=ImportShown, summary="Write the rows of a checked list")
    def post(self, request: Request, run_id: int) -> Response:
        return self.moved(run_id, runs.start)


class ImportCancel(_OfImports):
    """Taking back."""

    @extend_schema(request=None, responses=ImportShown, summary="Take an import back; what is written stays")
    def post(self, request: Request, run_id: int) -> Response:
        return self.moved(run_id, runs.cancel)


class ImportBadRows(_OfImports):
    """What is not imported."""

    keyed = False
    queries = {"GET": [AFTER, SIZE]}

    @extend_schema(responses=page_of(ImportRowShown), summary="Rows that are not imported, and why")
    def get(self, request: Request, run_id: int) -> Response:
        size = self.size()
        found = reading.bad_after(self.run_named(run_id), self.number("after"), size + 1)
        return self.rows(ImportRowShown, found[:size], found[size - 1].number if len(found) > size else None)
