"""What people are called and what they say."""

from dataclasses import dataclass

SURNAMES = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓冯彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚"
GIVEN = [
    "伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "明", "超", "霞", "平",
    "刚", "桂英", "建国", "志强", "秀兰", "海燕", "晓东", "丽华", "文博", "子轩", "雨桐", "浩然", "欣怡", "梓涵",
    "思远", "佳琪", "俊杰", "晓彤", "振华", "国栋", "玉梅", "春燕", "嘉豪", "婉婷", "少华", "永康", "建平", "红梅",
    "志远", "雅琴", "振宇", "立新", "凤英", "家辉", "美玲", "锦程", "天佑", "若曦", "启航", "慧敏", "新宇", "德胜",
    "小贤", "展鹏", "巧玲", "泽楷", "咏诗", "伟业", "健恒", "淑贞",
]  # fmt: skip
FOREIGN = (
    "James Carter", "Emily Wong", "Oliver Schmidt", "Sofia Rossi", "Daniel Kim", "Hannah Müller", "Liam O'Brien",
    "Chloé Martin", "Yuki Tanaka", "Ravi Menon", "Grace Liu", "Tom Baker", "Anna Novak", "Lucas Silva", "Mia Jensen",
    "Peter Chan", "Noah Fischer", "Isabel Torres", "Ethan Park", "Julia Weber", "Mark Taylor", "Nina Petrova",
    "Samuel Ng", "Laura Bianchi", "David Cohen",
)  # fmt: skip
TRADES = [
    "建材", "贸易", "物流", "电子", "装饰工程", "餐饮管理", "文化传播", "物业服务", "医疗器械", "信息技术", "食品",
    "服装",
]  # fmt: skip
HOUSES = [
    "鹏程", "南粤", "恒信", "华晟", "金海", "百川", "众合", "天宇", "立德", "嘉源", "世纪", "新锐", "同舟", "博远",
    "润达", "海纳",
]  # fmt: skip
COLOURS = ["白色", "黑色", "银色", "灰色", "蓝色", "红色", "金色", "绿色"]
CARE_NOTES = (
    "车内有儿童座椅，检查后请装回原位", "漆面贴膜，不要用硬毛刷", "中控屏请勿恢复出厂设置",
    "后备箱有工具箱，请勿取出", "客户要求旧件留车内看过再处理", "座椅位置有记忆，请勿改动",
)  # fmt: skip
SMOKER_ADVICE = "车内吸烟，建议空调滤芯提前到 10,000 公里更换，并清洁顶棚内衬。"
SMOKER_ADVICE_EN = "Smoking in the car: change the cabin filter every 10,000 km and clean the roof lining."
SERVICE_WORDING = "我同意门店通过短信、电话提醒我保养到期和预约。"
MARKETING_WORDING = "我同意门店向我发送优惠活动信息，可随时退订。"
CARE_WORDING = "我同意门店在交车后回访服务感受。"


@dataclass(frozen=True, slots=True)
class Story:
    """A repair: the customer's words, what was found and done, codes of operations, (kind of part, quantity)."""

    words: str
    words_en: str
    since: str
    cause: str
    correction: str
    work: tuple[str, ...]
    parts: tuple[tuple[str, str], ...] = ()
    visit: str = "repair"
    #: Who pays when it is not the customer.
    payer: str = "customer"
    coverage: str = "none"
    #: "petrol" for what an electric car has not, "electric" for what only it has.
    only: str = ""
    weight: int = 3


STORIES: tuple[Story, ...] = (
    Story("踩刹车时前面有吱吱声", "Squeal from the front when braking", "两周", "前制动片磨损到极限",
          "更换前制动片，试车无异响", ("R2001",), (("front_pads", "1"),), weight=6),
    Story("刹车方向盘抖", "Steering wheel shakes under braking", "一个月", "前制动盘端跳超差",
          "更换前制动盘和制动片", ("R2003",), (("front_discs", "1"), ("front_pads", "1"))),
    Story("过减速带底盘咯噔响", "Clunk from below over speed bumps", "上周开始", "稳定杆连杆球头旷量大",
          "更换稳定杆连杆，路试正常", ("D0102", "R2009"), (("link", "2"),), weight=5),
    Story("方向跑偏，轮胎吃胎", "Pulls to one side, tyres wear unevenly", "三个月", "前束超差",
          "四轮定位，数据合格", ("R2004",), weight=5),
    Story("右后轮胎扎钉", "Nail in the right rear tyre", "今天", "胎面扎钉未穿帘线", "补胎并做动平衡", ("R2006",),
          weight=4),
    Story("轮胎到期想换两条", "Two tyres are worn, please replace", "", "花纹深度 1.8 毫米", "更换两条轮胎并做动平衡",
          ("R2005", "R2004"), (("tyre_17", "2"),), weight=5),
    Story("早上打不着火，要搭电", "Does not start in the morning, needs a jump", "三天", "蓄电池容量不足",
          "更换蓄电池，暗电流正常", ("D0101", "R4001"), (("battery", "1"),), only="petrol", weight=4),
    Story("雨刮刮不干净，有响声", "Wipers smear and squeak", "雨季", "雨刮片老化", "更换雨刮片", ("R4002",),
          (("wipers", "1"),),
          weight=4),
    Story("左前大灯不亮", "Left headlamp is out", "昨天", "灯泡烧毁", "更换灯泡，光束已调", ("R4003",), (("bulb",
          "1"),)),
    Story("倒车雷达一直叫", "Parking sensor beeps all the time", "洗车之后", "右后探头失效", "更换探头", ("D0101",
          "R4005"),
          (("sensor", "1"),)),
    Story("空调不凉", "Air conditioning does not cool", "一周", "压缩机内部磨损", "更换压缩机，抽真空加注冷媒",
          ("D0104", "R4004"), (("compressor", "1"),), weight=1),
    Story("机油有点渗", "A little oil seeps", "上次保养发现", "气门室盖垫老化", "更换气门室盖垫，清洗后观察无渗漏",
          ("D0103", "R3001"), (("valve_gasket", "1"),), only="petrol"),
    Story("水温偏高报警", "Temperature warning comes on", "这两天", "水泵渗漏", "更换水泵和冷却液", ("R3002", "M1007"),
          (("water_pump", "1"), ("coolant", "6")), only="petrol", weight=1),
    Story("加速有尖叫声，动力差", "Whistles and lacks power", "两个月", "涡轮轴向间隙超差", "更换涡轮增压器总成",
          ("D0101", "R3005"), (("turbo", "1"),), only="petrol", weight=1),
    Story("发动机怠速抖", "Engine shakes at idle", "一个月", "发动机支座开裂", "更换支座，怠速平稳", ("R3004",),
          (("engine_mount", "1"),), only="petrol", weight=2),
    Story("前减震漏油", "Front damper leaks oil", "保养时发现", "减震器油封失效", "更换一对前减震器并做定位",
          ("R2007", "R2004"), (("dampers", "1"),), weight=2),
    Story("仪表报低压电池故障", "Low-voltage battery fault on the display", "昨天", "低压电池老化",
          "更换低压电池，清除故障码",
          ("D0106", "R4006"), (("battery_12v", "1"),), payer="manufacturer", coverage="factory", visit="warranty",
          only="electric", weight=5),
    Story("中控黑屏重启", "Centre screen goes black and restarts", "偶尔", "软件版本过低", "升级软件，观察正常",
          ("D0101",),
          visit="warranty", payer="manufacturer", coverage="factory", weight=3),
    Story("追尾，前杠要做", "Hit the car in front, bumper damaged", "昨天事故", "前保险杠破损", "更换并喷漆",
          ("B5003", "B5001"), (("bumper", "1"), ("clips", "1")), visit="accident", payer="insurer", weight=4),
    Story("左后门被刮", "Left rear door scraped", "停车场", "漆面划伤到底漆", "钣金修复喷漆", ("B5002",),
          visit="accident",
          payer="insurer", weight=4),
)  # fmt: skip

MAINTENANCE_WORDS = (
    ("做保养", "Regular maintenance"), ("保养到期了", "The service is due"),
    ("按手机提醒来做保养", "Came for the service, as reminded"), ("保养，顺便检查一下底盘",
          "Service, and look at the chassis"),
)  # fmt: skip
FIRST_WORDS = ("首保", "First service")
#: Extra work found on the lift: (finding, operation, part kind, quantity); most of it is declined at first.
FINDINGS = (
    ("前制动片剩余 3 毫米", "R2001", "front_pads", "1"), ("后制动片剩余 4 毫米", "R2002", "rear_pads", "1"),
    ("雨刮片老化开裂", "R4002", "wipers", "1"), ("节气门积碳", "M1008", "cleaner", "1"),
    ("空调有异味，建议杀菌", "M1012", "disinfect", "1"), ("下摆臂球头有旷量", "R2008", "ball_joint", "1"),
    ("空调滤芯发黑", "M1003", "cabin_filter", "1"),
)  # fmt: skip
ADVICE = (
    "前制动片约剩一半，下次保养复查。", "轮胎花纹偏低，建议三个月内更换。", "雨刮片略有老化，雨季前更换。",
    "车况良好，按时保养即可。", "蓄电池使用三年，建议入冬前检测。",
)  # fmt: skip
FAILED_CHECKS = ("机油口有油渍未擦净", "轮胎螺栓未按扭矩复紧", "前制动有轻微异响，重新检查", "保养提示灯未复位")
