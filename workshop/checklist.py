"""The list that the house begins with. From then on it is data: a manager changes it on its page."""

from typing import NamedTuple

from reception.states import RepairClass
from workshop.states import Level

_MINOR, _FIRST, _SECOND, _ASSEMBLY, _WHOLE = RepairClass
_SELF, _LEADER, _FINAL = Level
_BIG = (_SECOND, _ASSEMBLY, _WHOLE)
_SERVICE = (_FIRST, *_BIG)
_ALL = tuple(RepairClass)


class FirstItem(NamedTuple):
    """A row of the first list."""

    name: str
    name_en: str
    classes: tuple[RepairClass, ...]
    levels: tuple[Level, ...]


FIRST_ITEMS: tuple[FirstItem, ...] = (
    FirstItem("报修故障已排除", "The reported fault is gone", _ALL, (_SELF, _LEADER, _FINAL)),
    FirstItem("轮胎螺栓按规定扭力拧紧", "Wheel bolts tightened to their torque", _ALL, (_SELF, _LEADER)),
    FirstItem("关键部位扭力复核并划线", "Critical torques checked again and marked", (_ASSEMBLY, _WHOLE), (_LEADER,)),
    FirstItem("机油及各油液液位正常", "Engine oil and other fluids at their level", _SERVICE, (_SELF, _FINAL)),
    FirstItem("发动机舱、底盘无渗漏", "No leaks under the bonnet or the car", _ALL, (_SELF, _LEADER, _FINAL)),
    FirstItem("制动、驻车制动工作正常", "Brakes and parking brake work", _SERVICE, (_LEADER, _FINAL)),
    FirstItem("灯光、雨刮、喇叭正常", "Lights, wipers and horn work", _ALL, (_SELF, _FINAL)),
    FirstItem("故障码已清除，无新故障码", "Fault codes cleared, no new ones", _ALL, (_SELF, _LEADER)),
    FirstItem("保养提示已归零", "Service indicator reset", (_FIRST, _SECOND), (_SELF, _FINAL)),
    FirstItem("饰板、卡扣复位，工具未遗留", "Covers and clips back in place, no tool left", _ALL, (_SELF, _FINAL)),
    FirstItem("旧件已带出，按约定处理", "Old parts taken out and kept as agreed", _ALL, (_SELF, _FINAL)),
    FirstItem("试车正常，无异响、不跑偏", "Road test: no noise, keeps its line", _BIG, (_FINAL,)),
    FirstItem("尾气排放合格", "Exhaust within its limits", _BIG, (_FINAL,)),
    FirstItem("车内清洁，无油污、手印", "Inside clean, no grease or finger marks", _ALL, (_FINAL,)),
)
