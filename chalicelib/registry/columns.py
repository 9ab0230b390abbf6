"""The columns of imports and exports: their names, and what people in China call them. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import RefusedError
from chalicelib.registry.needs import MOST_KIN, Category, Wish
from chalicelib.registry.sheets import Rows

HOME = ("id", "grid", "name", "building", "address", "steward", "window_minutes", "least_litres")
RESIDENT = (
    "resident_id", "resident", "phone", "born", "categories", "tags", "agreed_on", "agreed_by", "language",
)  # fmt: skip
CARE = ("health_notes", "medication", "routine")
DOOR = ("door_notes", "key_holder", "key_holder_phone", "key_place")
MOST_KIN_COLUMNS = MOST_KIN
KIN = ("", "_phone", "_relation", "_wish", "_note", "_id")
"""What follows `kin1`, `kin2` … in the titles of the columns about a relative."""
PEOPLE = ("person", "name", "role", "phone", "grid", "language")
_CHINESE = {
    "id": "户号", "grid": "网格", "name": "户名", "building": "楼栋", "address": "地址",
    "steward": "贴心管家",
    "window_minutes": "静水窗口分钟", "least_litres": "最少用水升", "resident_id": "居民编号",
    "resident": "姓名", "phone": "电话", "born": "出生日期", "categories": "类别", "tags": "标签",
    "agreed_on": "同意日期", "agreed_by": "同意人", "language": "语言", "health_notes": "健康备注",
    "medication": "用药", "routine": "作息", "door_notes": "开门须知", "key_holder": "持钥人",
    "key_holder_phone": "持钥人电话", "key_place": "钥匙位置", "person": "人员编号", "role": "角色",
}  # fmt: skip
_CHINESE_KIN = {
    "": "",
    "_phone": "电话",
    "_relation": "关系",
    "_wish": "意愿",
    "_note": "说明",
    "_id": "编号",
}
_OTHERS = {
    "household": "id", "household_id": "id", "户编号": "id", "住户编号": "id", "网格编号": "grid",
    "楼号": "building", "住址": "address", "管家": "steward", "居民姓名": "resident", "手机": "phone",
    "手机号": "phone", "手机号码": "phone", "电话号码": "phone", "生日": "born", "人群类别": "categories",
    "签约日期": "agreed_on", "用药情况": "medication", "生活习惯": "routine", "钥匙保管人": "key_holder",
}  # fmt: skip
_NAME = "姓名"
"""A resident's in a table of homes, whose own name stands beside it; the person's in a table of people."""
CATEGORIES = {
    Category.ADVANCED_AGE: "高龄", Category.EMPTY_NEST: "空巢", Category.LIVING_ALONE: "独居",
    Category.DISABLED: "残疾", Category.LOW_INCOME: "低收入", Category.SPECIAL_HARDSHIP: "特殊困难",
}  # fmt: skip
WISHES = {Wish.CALL: "可联系", Wish.DO_NOT_CALL: "不要联系"}
ROLES = {
    Role.VOLUNTEER: "志愿者", Role.GRID_WORKER: "网格员", Role.NURSE: "护士", Role.DEPARTMENT: "部门",
    Role.COORDINATOR: "协调员", Role.BOARD: "大屏",
}  # fmt: skip
_ALSO: Mapping[str, StrEnum] = {
    "高龄老人": Category.ADVANCED_AGE, "空巢老人": Category.EMPTY_NEST, "独居老人": Category.LIVING_ALONE,
    "残疾人": Category.DISABLED, "低保": Category.LOW_INCOME, "特困": Category.SPECIAL_HARDSHIP,
    "不联系": Wish.DO_NOT_CALL, "勿扰": Wish.DO_NOT_CALL, "联系": Wish.CALL,
}  # fmt: skip
Word = TypeVar("Word", bound=StrEnum)


def kin_columns(place: int) -> list[str]:
    """The columns about the relative who is asked at a place, from 1."""
    return [f"kin{place}{what}" for what in KIN]


def title(column: str, language: str, *, of_people: bool = False) -> str:
    """What a column is called in a language; `of_people` in a table of staff and volunteers."""
    if language != "zh-CN":
        return column
    if of_people and column == "name":
        return _NAME
    for place in range(1, MOST_KIN_COLUMNS + 1):
        for what in KIN:
            if column == f"kin{place}{what}":
                return f"亲属{place}{_CHINESE_KIN[what]}"
    return _CHINESE[column]


def understood(rows: Rows, *, of_people: bool = False) -> Rows:
    """Rows with our own names for their columns, whatever language and spelling the titles have."""
    names = _names() | ({_NAME: "name"} if of_people else {})
    return [(number, {_name(told, names): cell for told, cell in row.items()}) for number, row in rows]


def word(kind: type[Word], text: str, names: Mapping[Word, str]) -> Word:
    """One of a kind of words, in either language. Raises RefusedError."""
    known = {name: one for one, name in names.items()} | {one.value: one for one in names}
    also = _ALSO.get(text)
    found = known.get(text.strip().lower()) or known.get(text) or (also if isinstance(also, kind) else None)
    if found is None:
        raise RefusedError(f"'{text}' is none of {', '.join(f'{n} ({o})' for o, n in names.items())}.")
    return found


def _names() -> dict[str, str]:
    columns = [*HOME, *RESIDENT, *CARE, *DOOR, *PEOPLE]
    columns += [column for place in range(1, MOST_KIN_COLUMNS + 1) for column in kin_columns(place)]
    return {**_OTHERS, **{title(column, "zh-CN"): column for column in columns}, **{c: c for c in columns}}


def _name(told: str, names: Mapping[str, str]) -> str:
    plain = told.strip().lower().replace(" ", "_")
    return names.get(plain, plain)
