"""Which of our fields a column of a file is, guessed by its name. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.import_states import ImportKind


@dataclass(frozen=True, slots=True)
class Field:
    """A field of ours, and the words by which other systems head it (without spaces and signs, in small letters)."""

    key: str
    label: str | Promise
    words: tuple[str, ...]


def _field(key: str, label: str | Promise, words: str) -> Field:
    return Field(key, label, tuple(words.split()))


NAME = _field(
    "name", _("Owner's name"),
    "name customer customername owner ownername client fullname 姓名 客户 客户名称 客户姓名 车主 车主姓名 车主名称 名称 联系人 单位名称",
)  # fmt: skip
PHONE = _field(
    "phone", _("Phone"),
    "phone mobile tel telephone phonenumber mobilephone cell 电话 手机 手机号 手机号码 联系电话 电话号码 移动电话 车主电话 客户电话 联系方式",
)  # fmt: skip
PLATE = _field(
    "plate", _("Plate"),
    "plate platenumber licenseplate licenceplate registration regno 车牌 车牌号 车牌号码 牌照 牌照号 号牌 号牌号码 车号",
)  # fmt: skip
VIN = _field(
    "vin", _("VIN"), "vin vinnumber chassis chassisnumber vin码 vin号 车架号 车架号码 车辆识别代号 车辆识别码 底盘号"
)
KM = _field(
    "km", _("Odometer (km)"),
    "km odometer mileage kilometres kilometers reading 里程 公里 公里数 里程数 行驶里程 进厂里程 当前里程 表里程 最近里程",
)  # fmt: skip
_PEOPLE = (
    NAME,
    PHONE,
    _field("kind", _("Person or company"), "kind type customertype 客户类型 客户性质 类型 性质"),
    _field("email", _("E-mail"), "email mail emailaddress 邮箱 电子邮箱 电子邮件 邮件"),
    _field("born_on", _("Birthday"), "birthday birthdate dateofbirth born 生日 出生日期 出生年月"),
    _field("language", _("Language"), "language lang 语言 语种"),
    _field("note", _("Note about the customer"), "note notes remark remarks comment 备注 说明 客户备注"),
)
_CARS = (
    PLATE,
    VIN,
    _field("brand", _("Brand"), "brand make manufacturer 品牌 厂牌 车辆品牌"),
    _field("model", _("Model"), "model series carmodel vehiclemodel 车型 车系 型号 车辆型号 车型名称"),
    _field("year", _("Year"), "year modelyear 年份 年款 出厂年份 年型"),
    _field("colour", _("Colour"), "colour color 颜色 车身颜色 外观颜色"),
    _field(
        "warranty_start_on",
        _("Warranty from"),
        "warranty warrantystart warrantyfrom saledate solddate purchasedate 购车日期 销售日期 保修起始 保修起始日期 质保开始 开票日期 交车日期 质保起始日",
    ),
    KM,
    _field("read_on", _("Day of that reading"), "readon readingdate odometerdate 里程日期 读数日期"),
    _field(
        "last_visit_on", _("Last visit"),
        "lastvisit lastservice lastservicedate lastvisitdate 最近到店 上次到店 最近进厂 上次保养 上次进厂日期 最近来店日期 最近到店日期 最后进厂",
    ),
    _field("owned_from", _("Owner since"), "ownersince ownedfrom 过户日期 登记日期 上牌日期"),
)  # fmt: skip
_VISITS = (
    PLATE,
    VIN,
    _field(
        "on", _("Day of the visit"),
        "date day visit visitdate servicedate 日期 进厂日期 到店日期 来店日期 维修日期 结算日期 进厂时间 出厂日期 开单日期",
    ),
    _field(
        "number", _("Number of the order"),
        "number order orderno ordernumber ro ronumber invoice 工单号 单号 委托书号 维修单号 结算单号 工单编号",
    ),
    KM,
    _field(
        "work", _("Work done"),
        "work job jobs description service operation operations 维修项目 维修内容 项目 作业内容 服务内容 保养项目 故障描述",
    ),
    _field("amount", _("Amount"), "amount total sum price paid 金额 合计 总金额 结算金额 实收 实收金额 应收金额"),
    _field("advisor", _("Advisor"), "advisor adviser serviceadvisor 服务顾问 接待 接待员 顾问 业务接待"),
)  # fmt: skip
_HANDED_OVER = _field(
    "handed_over_on", _("Day of the hand-over"),
    "handover handoverdate delivered delivery deliverydate solddate saledate 交车日期 交付日期 提车日期 销售日期 购车日期",
)  # fmt: skip
_PACKAGES = _field(
    "packages", _("Packages sold with it"), "packages package servicepackage 套餐 保养套餐 随车套餐 赠送套餐"
)
#: Before the car's fields: the day of the sale means the hand-over here, and elsewhere the warranty.
_NEW_CARS = (
    *_PEOPLE, _HANDED_OVER, _PACKAGES, *(field for field in _CARS if field.key not in ("last_visit_on", "owned_from")),
)  # fmt: skip
FIELDS: dict[str, tuple[Field, ...]] = {
    ImportKind.CARS: (*_PEOPLE, *_CARS),
    ImportKind.VISITS: _VISITS,
    ImportKind.NEW_CARS: _NEW_CARS,
}


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).lower()


def field_of(kind: str, name: str) -> str:
    """The field a column's name means, "" for none; what stands in brackets is asked last: `里程(公里)`."""
    whole = _key(name)
    inner = _key(re.sub(r"[(（\[【].*?[)）\]】]", "", unicodedata.normalize("NFKC", name)))
    for text in (whole, inner):
        for field in FIELDS[kind]:
            if text and text in field.words:
                return field.key
    return ""


def guessed(kind: str, header: Sequence[str]) -> list[str]:
    """A field for each column, each field once: the first column that is headed so."""
    found: list[str] = []
    for name in header:
        field = field_of(kind, re.sub(r" \(\d+\)$", "", name))
        found.append("" if field in found else field)
    return found


def is_head(kind: str, cells: Sequence[str]) -> bool:
    """Whether a row names columns: at least two of ours."""
    return sum(bool(field_of(kind, cell)) for cell in cells) >= 2


def missing(kind: str, mapping: Sequence[str]) -> list[list[str]]:
    """Groups of fields of which one is needed and none is chosen."""
    needed = {ImportKind.VISITS: [["plate", "vin"], ["on"]], ImportKind.NEW_CARS: [["name"], ["plate", "vin"]]}
    wanted = needed.get(ImportKind(kind), [["name", "plate", "vin"]])
    return [group for group in wanted if not set(group) & set(mapping)]


def label_of(kind: str, key: str) -> str:
    """The field in words."""
    return next((str(field.label) for field in FIELDS[kind] if field.key == key), "")
