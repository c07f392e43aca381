"""Labour operations and parts of the demo's price list."""

from dataclasses import dataclass

from catalog.states import Guarantee, OperationKind, Origin

D, M, R, B = OperationKind.DIAGNOSIS, OperationKind.MAINTENANCE, OperationKind.REPAIR, OperationKind.BODY
MINOR, LEVEL2, ASSEMBLY = Guarantee.MINOR, Guarantee.LEVEL2, Guarantee.ASSEMBLY

#: (code, name, English name, kind, standard hours, skill, guarantee class).
OPERATIONS: list[tuple[str, str, str, OperationKind, str, str, Guarantee]] = [
    ("D0101", "电脑读码与基本检测", "Read fault codes, basic check", D, "0.50", "electric", MINOR),
    ("D0102", "底盘异响检查（含路试）", "Chassis noise, with road test", D, "1.00", "chassis", MINOR),
    ("D0103", "漏油漏液检查", "Search for leaks", D, "0.60", "engine", MINOR),
    ("D0104", "空调系统检测", "Air conditioning check", D, "0.60", "electric", MINOR),
    ("D0105", "暗电流检测", "Closed-circuit current check", D, "1.20", "electric", MINOR),
    ("D0106", "高压绝缘检测", "High-voltage insulation check", D, "0.80", "high_voltage", MINOR),
    ("M1001", "更换机油、机油滤清器", "Change engine oil and filter", M, "0.60", "maintenance", MINOR),
    ("M1002", "更换空气滤芯", "Change air filter", M, "0.20", "maintenance", MINOR),
    ("M1003", "更换空调滤芯", "Change cabin filter", M, "0.30", "maintenance", MINOR),
    ("M1004", "更换火花塞", "Change spark plugs", M, "0.80", "engine", MINOR),
    ("M1005", "更换制动液", "Change brake fluid", M, "0.90", "chassis", MINOR),
    ("M1006", "更换变速箱油", "Change gearbox oil", M, "1.50", "engine", LEVEL2),
    ("M1007", "更换冷却液", "Change coolant", M, "1.00", "engine", MINOR),
    ("M1008", "清洗节气门", "Clean throttle body", M, "0.80", "engine", MINOR),
    ("M1009", "清洗喷油嘴与燃烧室", "Clean injectors and combustion chamber", M, "1.00", "engine", MINOR),
    ("M1010", "全车 38 项检查", "38-point check", M, "0.40", "maintenance", MINOR),
    ("M1011", "底盘紧固与轮胎换位", "Chassis bolts, tyre rotation", M, "0.50", "maintenance", MINOR),
    ("M1012", "空调蒸发箱杀菌清洗", "Disinfect evaporator", M, "0.70", "maintenance", MINOR),
    ("M1020", "三电系统检查", "High-voltage system check", M, "0.70", "high_voltage", MINOR),
    ("M1021", "更换电池冷却液", "Change battery coolant", M, "1.50", "high_voltage", LEVEL2),
    ("M1022", "更换减速器油", "Change reducer oil", M, "0.80", "high_voltage", MINOR),
    ("R2001", "更换前制动片", "Replace front brake pads", R, "1.00", "chassis", MINOR),
    ("R2002", "更换后制动片", "Replace rear brake pads", R, "1.00", "chassis", MINOR),
    ("R2003", "更换前制动盘（含制动片）", "Replace front discs and pads", R, "1.60", "chassis", MINOR),
    ("R2004", "四轮定位", "Wheel alignment", R, "1.00", "chassis", MINOR),
    ("R2005", "更换轮胎（含动平衡）", "Replace a tyre, with balancing", R, "0.40", "chassis", MINOR),
    ("R2006", "补胎", "Repair a tyre", R, "0.40", "chassis", MINOR),
    ("R2007", "更换前减震器（一对）", "Replace front dampers (pair)", R, "2.40", "chassis", LEVEL2),
    ("R2008", "更换下摆臂球头", "Replace lower ball joint", R, "1.40", "chassis", MINOR),
    ("R2009", "更换稳定杆连杆", "Replace stabiliser link", R, "0.80", "chassis", MINOR),
    ("R3001", "更换气门室盖垫", "Replace valve cover gasket", R, "1.80", "engine", LEVEL2),
    ("R3002", "更换水泵", "Replace water pump", R, "2.60", "engine", LEVEL2),
    ("R3003", "更换节温器", "Replace thermostat", R, "1.50", "engine", MINOR),
    ("R3004", "更换发动机支座", "Replace engine mount", R, "1.60", "engine", MINOR),
    ("R3005", "更换涡轮增压器总成", "Replace turbocharger", R, "5.50", "engine", ASSEMBLY),
    ("R4001", "更换蓄电池", "Replace battery", R, "0.50", "electric", MINOR),
    ("R4002", "更换雨刮片", "Replace wiper blades", R, "0.20", "electric", MINOR),
    ("R4003", "更换前大灯灯泡", "Replace headlamp bulb", R, "0.40", "electric", MINOR),
    ("R4004", "更换空调压缩机", "Replace AC compressor", R, "3.20", "electric", LEVEL2),
    ("R4005", "更换倒车雷达探头", "Replace parking sensor", R, "0.80", "electric", MINOR),
    ("R4006", "12V 低压电池更换", "Replace 12 V battery (EV)", R, "0.60", "high_voltage", MINOR),
    ("B5001", "前保险杠喷漆", "Paint front bumper", B, "3.00", "body", LEVEL2),
    ("B5002", "单块钣金修复喷漆", "Repair and paint one panel", B, "4.50", "body", LEVEL2),
    ("B5003", "更换前保险杠", "Replace front bumper", B, "1.80", "body", MINOR),
]


@dataclass(frozen=True, slots=True)
class Good:
    """A part: `kind` is what rules and repairs ask for, `brand` the brand it fits ("" fits all), money in CNY."""

    kind: str
    brand: str
    code: str
    name: str
    name_en: str
    price: str
    unit: str = "件"
    origin: Origin = Origin.ORIGINAL
    maker: str = ""
    scarce: bool = False


#: Parts that every brand has of its own: kind → (name, English name, unit).
_OWN = {
    "oil_filter": ("机油滤清器", "Oil filter", "件"),
    "cabin_filter": ("空调滤芯", "Cabin filter", "件"),
    "air_filter": ("空气滤芯", "Air filter", "件"),
    "spark_plug": ("火花塞", "Spark plug", "件"),
    "front_pads": ("前制动片", "Front brake pads", "套"),
    "rear_pads": ("后制动片", "Rear brake pads", "套"),
}
#: Brand → (part number, price) for each kind above that it has.
_NUMBERS: dict[str, dict[str, tuple[str, str]]] = {
    "vw": {
        "oil_filter": ("06L 115 562 B", "68"), "cabin_filter": ("5QD 819 653", "128"),
        "air_filter": ("5Q0 129 620 D", "138"), "spark_plug": ("06K 905 601 B", "96"),
        "front_pads": ("5QD 698 151", "620"), "rear_pads": ("5Q0 698 451 C", "480"),
    },
    "toyota": {
        "oil_filter": ("90915-YZZN1", "42"), "cabin_filter": ("87139-F0010", "118"),
        "air_filter": ("17801-F0050", "126"), "spark_plug": ("90919-01289", "88"),
        "front_pads": ("04465-33510", "560"), "rear_pads": ("04466-33220", "430"),
    },
    "byd": {
        "oil_filter": ("472QA-1012100", "38"), "cabin_filter": ("HA-8121021", "98"),
        "air_filter": ("SA3E-1109111", "86"), "spark_plug": ("472QA-3707100", "62"),
        "front_pads": ("HA-3501120", "520"), "rear_pads": ("HA-3502120", "410"),
    },
    "audi": {
        "oil_filter": ("06M 198 405 F", "118"), "cabin_filter": ("8W0 819 439", "268"),
        "air_filter": ("8W0 133 843 E", "246"), "spark_plug": ("06L 905 606 E", "168"),
        "front_pads": ("8W0 698 151 AQ", "1180"), "rear_pads": ("8W0 698 451 N", "860"),
    },
    "honda": {
        "oil_filter": ("15400-RTA-003", "39"), "cabin_filter": ("80292-TVA-H01", "112"),
        "air_filter": ("17220-6A0-A00", "118"), "spark_plug": ("12290-5R0-003", "82"),
        "front_pads": ("45022-TVA-A00", "540"), "rear_pads": ("43022-TVA-A00", "420"),
    },
}  # fmt: skip
BRAND_PART, RECONDITIONED = Origin.BRAND, Origin.RECONDITIONED

_SHARED: list[Good] = [
    Good("oil_5w30", "", "YH-5W30-1", "全合成机油 5W-30", "Engine oil 5W-30, full synthetic", "92", "升"),
    Good("oil_0w20", "", "YH-0W20-1", "全合成机油 0W-20", "Engine oil 0W-20, full synthetic", "98", "升"),
    Good("drain_plug", "", "N 908 132 02", "放油螺栓垫片", "Drain plug seal", "8"),
    Good("atf", "", "YH-ATF-1", "自动变速箱油 ATF", "Gearbox oil ATF", "138", "升"),
    Good("cvt", "", "YH-CVT-1", "无级变速箱油 CVT", "Gearbox oil CVT", "126", "升"),
    Good("brake_fluid", "", "YH-DOT4-1", "制动液 DOT4", "Brake fluid DOT 4", "118", "升"),
    Good("coolant", "", "YH-G12-1", "长效冷却液 -35℃", "Coolant −35 °C", "42", "升"),
    Good("ev_coolant", "", "YH-EVC-1", "电池专用冷却液", "Battery coolant", "66", "升"),
    Good("reducer_oil", "", "YH-RED-1", "减速器油", "Reducer oil", "132", "升"),
    Good("cleaner", "", "YH-CLN-3", "三合一清洗套装", "Cleaning kit", "168", "套", BRAND_PART, "3M"),
    Good("disinfect", "", "YH-DIS-1", "蒸发箱清洗剂", "Evaporator cleaner", "88", "件", BRAND_PART, "3M"),
    Good("tyre_17", "", "MX-2255017", "轮胎 225/50 R17", "Tyre 225/50 R17", "880", "件", BRAND_PART, "米其林"),
    Good("tyre_18", "", "MX-2355518", "轮胎 235/55 R18", "Tyre 235/55 R18", "1080", "件", BRAND_PART, "米其林"),
    Good("tyre_19", "", "MX-2454519", "轮胎 245/45 R19", "Tyre 245/45 R19", "1380", "件", BRAND_PART, "米其林",
         scarce=True),
    Good("battery", "", "VT-AGM70", "AGM 蓄电池 70Ah", "AGM battery 70 Ah", "1280", "件", BRAND_PART, "瓦尔塔"),
    Good("battery_12v", "", "HA-2001010", "12V 磷酸铁锂低压电池", "12 V lithium battery", "1680", scarce=True),
    Good("wipers", "", "BS-A425S", "雨刮片（一对）", "Wiper blades (pair)", "198", "套", BRAND_PART, "博世"),
    Good("bulb", "", "OS-H7-2", "前大灯灯泡 H7", "Headlamp bulb H7", "86", "件", BRAND_PART, "欧司朗"),
    Good("sensor", "", "PDC-275-K", "倒车雷达探头", "Parking sensor", "360"),
    Good("front_discs", "", "BR-DF-312", "前制动盘（一对）", "Front brake discs (pair)", "1460", "套"),
    Good("dampers", "", "SX-3142-P", "前减震器（一对）", "Front dampers (pair)", "2180", "套", BRAND_PART, "萨克斯"),
    Good("ball_joint", "", "LM-3478-01", "下摆臂球头", "Lower ball joint", "320", "件", BRAND_PART, "伦福德"),
    Good("link", "", "LM-2210-02", "稳定杆连杆", "Stabiliser link", "186", "件", BRAND_PART, "伦福德"),
    Good("valve_gasket", "", "EG-8817-G", "气门室盖垫", "Valve cover gasket", "268"),
    Good("water_pump", "", "EG-4402-W", "水泵总成", "Water pump", "1120", scarce=True),
    Good("thermostat", "", "EG-4410-T", "节温器", "Thermostat", "460"),
    Good("engine_mount", "", "EG-7001-M", "发动机支座", "Engine mount", "680", scarce=True),
    Good("turbo", "", "EG-9001-RX", "涡轮增压器总成（再制造）", "Turbocharger, reconditioned", "6800", "件",
         RECONDITIONED, "博格华纳", scarce=True),
    Good("compressor", "", "AC-1802-RX", "空调压缩机（再制造）", "AC compressor, reconditioned", "2600", "件",
         RECONDITIONED, "电装", scarce=True),
    Good("bumper", "", "BD-1001-F", "前保险杠蒙皮", "Front bumper cover", "1680"),
    Good("clips", "", "BD-0001-K", "卡扣套装", "Set of clips", "36", "套"),
]  # fmt: skip


def goods() -> list[Good]:
    """Every part of the price list, those of the brands first."""
    own = [
        Good(kind, brand, code, *_OWN[kind][:2], price, _OWN[kind][2])
        for brand, numbers in _NUMBERS.items()
        for kind, (code, price) in numbers.items()
    ]
    return [*own, *_SHARED]
