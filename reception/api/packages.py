"""Packages by the API: those of the branch, and the sale of one."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, SIZE, query
from accounts.serializers import page_of
from catalog.selectors import packages_named
from customers.selectors import vehicle_of
from dms.clock import check_year
from dms.errors import Invalid
from reception.models import Package, PackageUnits
from reception.package_report import GROUPS, RUNNING, packages_page
from reception.services.packages import sell_package
from records.api import ActView


class UnitsShown(serializers.ModelSerializer[PackageUnits]):
    """What is in a package: `code` of the operation or part, '' for any maintenance service."""

    code = serializers.CharField(read_only=True)
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]  # DRF takes declared fields out
    left = serializers.IntegerField(read_only=True)

    class Meta:
        model = PackageUnits
        fields = ["code", "label", "sold", "used", "left"]


class PackageShown(serializers.ModelSerializer[Package]):
    """A sold package; prices in the branch's currency, `released` is how much of `net` its uses have earned."""

    plate = serializers.CharField(source="vehicle.plate", read_only=True)
    vehicle = serializers.IntegerField(source="vehicle_id", read_only=True)
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]  # as above
    units = UnitsShown(many=True, read_only=True)

    class Meta:
        model = Package
        fields = [
            "id", "number", "label", "vehicle", "plate", "sold_on", "ends_on", "ends_km", "net", "tax", "gross",
            "released", "units",
        ]  # fmt: skip


class PackageNew(serializers.Serializer[Any]):
    """Sold to a car of the branch: which package, by its name in the catalogue; the price if not the list's."""

    vehicle = serializers.IntegerField()
    package = serializers.CharField(max_length=120)
    sold_on = serializers.DateField(required=False, allow_null=True, default=None, validators=[check_year])
    price = serializers.DecimalField(max_digits=12, decimal_places=2, required=False, allow_null=True, default=None)


class Packages(ActView):
    """Packages of the branch."""

    permission = "price.view"
    permissions = {"POST": "order.price"}
    keyed = True
    queries = {"GET": [query("group", str, "Which of them; running unless told", list(GROUPS)), AFTER, SIZE]}

    @extend_schema(responses=page_of(PackageShown), summary="Packages of a group, the last sold first")
    def get(self, request: Request) -> Response:
        group = self.words("group") or RUNNING
        if group not in GROUPS:
            raise Invalid(_("“group” is one of: %(known)s.") % {"known": ", ".join(GROUPS)})
        rows, following = packages_page(self.actor.branch, group, self.number("after"), self.size())
        return self.rows(PackageShown, rows, following)

    @extend_schema(request=PackageNew, responses={201: PackageShown}, summary="Sell a package to a car")
    def post(self, request: Request) -> Response:
        sent = self.read(PackageNew)
        vehicle = vehicle_of(sent["vehicle"], self.actor.branch)
        if vehicle is None:
            raise Invalid(_("There is no such car here."), "vehicle")
        template = packages_named([sent["package"]])[0]

        def do() -> dict[str, Any]:
            sold = sell_package(
                actor=self.actor, vehicle=vehicle, template=template, sold_on=sent["sold_on"], price=sent["price"]
            )
            return self.show(PackageShown, sold)

        return self.act(do, 201)
