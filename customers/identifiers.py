"""Plates, VINs, phone numbers and names, as they are stored and compared. Pure functions, no tables.

A doubt is a sentence that a page shows beside the field; it never blocks, because real cars break every rule.
"""

import re
import unicodedata

import phonenumbers
from django.utils.translation import gettext as _
from pypinyin import Style, lazy_pinyin

from customers.states import PlateKind
from dms.errors import Invalid

_SEPARATORS = re.compile(r"[\s·•・.\-]+")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
#: GA 36: no I and no O in the serial; the last place may say what the car is.
_MAINLAND = re.compile(rf"[{_PROVINCES}][A-HJ-Z][A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9学警挂港澳试超领使]")
#: Small new-energy cars have the letter first (D battery, F others, later more letters), large ones last.
_NEV = re.compile(rf"[{_PROVINCES}][A-HJ-Z](?:[A-HJK][A-HJ-NP-Z0-9]\d{{4}}|\d{{5}}[A-HJK])")
_EMBASSY = re.compile(r"使\d{6}|\d{6}使|[A-Z]{2}\d{5}|WJ[\u4e00-\u9fff]?\d{4}[0-9A-Z]")


def _plain(text: str) -> str:
    """Full-width letters and digits become plain ones."""
    return unicodedata.normalize("NFKC", text).strip()


def normalise_plate(text: str) -> str:
    """`粤b·72k19`, `粤Ｂ 72K19` → `粤B72K19`; '' stays ''."""
    return _SEPARATORS.sub("", _plain(text)).upper()


def plate_kind(plate: str) -> PlateKind:
    """The looks that follow from the text of a normalised plate; a yellow plate without 挂 or 学 has to be chosen."""
    if _NEV.fullmatch(plate):
        return PlateKind.NEV
    if not _MAINLAND.fullmatch(plate):
        return PlateKind.OTHER
    if plate[-1] in "挂学":
        return PlateKind.LARGE
    return PlateKind.OTHER if plate[-1] in "警港澳领使" else PlateKind.BLUE


def plate_doubt(plate: str) -> str:
    """Why a normalised plate looks odd for mainland China; '' when it does not."""
    if not plate or _MAINLAND.fullmatch(plate) or _NEV.fullmatch(plate) or _EMBASSY.fullmatch(plate):
        return ""
    if plate[0] not in _PROVINCES:
        return _("This plate does not begin with a province. Leave it so if the car is from elsewhere.")
    if len(plate) not in (7, 8):
        return _("A plate has 7 characters, a new-energy one 8; this one has %(count)d.") % {"count": len(plate)}
    if re.search(r"[IO]", plate[2:]):
        return _("Plates have no letter I or O after the second place; look again for 1 and 0.")
    return _("This plate does not look like a usual one. Compare it with the car.")


# --- VIN (ISO 3779) --------------------------------------------------------------------------------------------------

_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True))
_VIN_VALUES |= {str(digit): digit for digit in range(10)}
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
VIN_LENGTH = 17


def normalise_vin(text: str) -> str:
    """Capitals without spaces and hyphens; '' stays ''."""
    return re.sub(r"[\s\-]+", "", _plain(text)).upper()


def vin_check_digit(vin: str) -> str:
    """The character that belongs in position 9 (49 CFR 565.15, GB 16735); '' for what cannot be computed."""
    if len(vin) != VIN_LENGTH or any(letter not in _VIN_VALUES for letter in vin[:8] + vin[9:]):
        return ""
    rest = sum(_VIN_VALUES.get(letter, 0) * weight for letter, weight in zip(vin, _VIN_WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


def vin_doubt(vin: str) -> str:
    """Why a normalised VIN looks odd; '' when it does not. European cars often fail the check digit."""
    if not vin:
        return ""
    if len(vin) != VIN_LENGTH:
        return _("A VIN has 17 characters; this one has %(count)d.") % {"count": len(vin)}
    if re.search(r"[IOQ]", vin):
        return _("A VIN has no I, O or Q; look again for 1 and 0.")
    if not re.fullmatch(r"[A-Z0-9]+", vin):
        return _("A VIN has only letters and digits.")
    if vin[8] != vin_check_digit(vin):
        return _("The check digit (9th place) does not match. Compare the VIN with the car; some imports never match.")
    return ""


# --- Phone -----------------------------------------------------------------------------------------------------------

_REGIONS = {"CNY": "CN", "HKD": "HK", "MOP": "MO", "TWD": "TW", "SGD": "SG", "USD": "US", "GBP": "GB", "JPY": "JP"}


def region_of(currency: str) -> str:
    """The telephone region of a branch, told by its currency; CN when that says nothing."""
    return _REGIONS.get(currency, "CN")


def normalise_phone(text: str, region: str = "CN") -> str:
    """E.164 (`+8613912345678`); '' stays ''. Raises `Invalid` for what is no number in that region or abroad."""
    typed = _plain(text)
    if not typed:
        return ""
    try:
        number = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException as error:
        raise Invalid(_("This is not a phone number.")) from error
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise Invalid(_("This phone number does not exist; count its digits. A number abroad begins with +."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_mobile(phone: str) -> bool:
    """Whether text messages reach an E.164 number; where a country's numbers do not tell, they may."""
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return False
    return kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def shown_phone(phone: str, region: str = "CN") -> str:
    """For people: without the country code at home, with it abroad."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    if phonenumbers.region_code_for_number(number) == region:
        return (
            str(number.national_number)
            if region == "CN" and str(number.national_number).startswith("1")
            else (phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def masked_phone(phone: str) -> str:
    """`+8613912345678` → `*** 5678`: enough to recognise, too little to call."""
    return f"*** {phone[-4:]}" if phone else ""


# --- Pinyin ----------------------------------------------------------------------------------------------------------

#: Characters that are read otherwise as a surname.
SURNAMES = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "朴": "piao", "翟": "zhai",
    "任": "ren", "盖": "ge", "折": "she", "黑": "he", "种": "chong", "繁": "po", "秘": "bi", "缪": "miao",
    "乐": "yue", "员": "yun", "召": "shao", "那": "na", "宁": "ning", "纪": "ji", "华": "hua", "尉": "wei",
    "洗": "xian", "冼": "xian", "覃": "qin", "燕": "yan", "车": "che", "万": "wan", "祭": "zhai", "藏": "zang",
}  # fmt: skip
COMPOUND_SURNAMES = {
    "单于": ["chan", "yu"], "尉迟": ["yu", "chi"], "万俟": ["mo", "qi"], "澹台": ["tan", "tai"],
    "长孙": ["zhang", "sun"], "令狐": ["ling", "hu"], "宇文": ["yu", "wen"], "鲜于": ["xian", "yu"],
}  # fmt: skip


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def _syllables(text: str) -> list[str]:
    """Syllables of Chinese characters and words of other scripts."""
    return lazy_pinyin(text, style=Style.NORMAL, errors=_words)  # type: ignore[arg-type]  # a list is documented


def pinyin_of(name: str, *, company: bool = False) -> tuple[str, str]:
    """(full, initials) in small letters: 曾小贤 → ("zengxiaoxian", "zxx"), "John Smith" → ("johnsmith", "js").

    A person's surname is read as a surname; a company's first character is not one.
    """
    text = _plain(name)
    if not company and text[:2] in COMPOUND_SURNAMES:
        parts = COMPOUND_SURNAMES[text[:2]] + _syllables(text[2:])
    elif not company and text[:1] in SURNAMES:
        parts = [SURNAMES[text[:1]], *_syllables(text[1:])]
    else:
        parts = _syllables(text)
    parts = [part.lower() for part in parts if part]
    return "".join(parts), "".join(part[0] for part in parts)
