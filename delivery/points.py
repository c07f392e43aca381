"""The points of the hand-back that the house begins with. From then on they are data: a manager changes them."""

from typing import NamedTuple

from delivery.states import Asked, Moment


class FirstPoint(NamedTuple):
    """A row of the first list. Programs tick it by `key`."""

    key: str
    moment: Moment
    asked: Asked
    name: str
    name_en: str


_IN, _WALK = Moment.INTERNAL, Moment.WALK
FIRST_POINTS: tuple[FirstPoint, ...] = (
    FirstPoint(
        "work", _IN, Asked.ALWAYS, "委托项目全部完成，故障已排除", "Every ordered item is done, the fault is gone"
    ),
    FirstPoint("clean", _IN, Asked.ALWAYS, "车内外清洁", "The car is clean inside and out"),
    FirstPoint(
        "old_parts", _IN, Asked.ALWAYS, "旧件已装袋贴签，或按约定处理", "Old parts are bagged, or kept as agreed"
    ),
    FirstPoint("kit", _IN, Asked.ALWAYS, "三件套已取下", "The protective kit is removed"),
    FirstPoint("handbook", _IN, Asked.HANDBOOK, "保养手册已填写并盖章", "This visit is entered in the handbook"),
    FirstPoint("shown", _WALK, Asked.ALWAYS, "陪同客户看过所做的项目", "What was done was shown at the car"),
    FirstPoint("parts_shown", _WALK, Asked.PARTS, "旧件已当面展示", "The old parts were shown"),
    FirstPoint("declined", _WALK, Asked.DECLINED, "本次未做的项目及风险已说明", "What was declined was explained"),
    FirstPoint("next", _WALK, Asked.ALWAYS, "下次保养的时间和里程已说明", "The next service was explained"),
    FirstPoint(
        "first", _WALK, Asked.NEW_OWNER, "首保、保养周期和质量担保已说明", "First service and warranty explained"
    ),
)
