"""What problems say to people, in each of our languages."""

from collections.abc import Mapping

Words = Mapping[str, str]
"""A text in each of our languages."""


def _words(zh: str, en: str) -> Words:
    return {"zh-CN": zh, "en": en}


TITLES: dict[int, Words] = {
    400: _words("读不懂这个请求", "This request can't be read"),
    401: _words("请先登录", "Please sign in"),
    403: _words("这件事不归您办", "This is not yours to do"),
    404: _words("这里没有这一项", "There is no such thing here"),
    405: _words("这个地址不这样用", "This address isn't used that way"),
    409: _words("情况已经变了", "It has moved on"),
    412: _words("您看过之后它变了", "It has changed since you read it"),
    413: _words("发来的内容太大", "What was sent is too large"),
    415: _words("只收 JSON", "Only JSON is taken here"),
    422: _words("请求里有不对的地方", "Something in this request is not right"),
    428: _words("请先读，再改", "Please read it before you change it"),
    429: _words("太频繁了，请歇一歇", "Too many requests; take a breath"),
    500: _words("我们这边出错了", "Something failed on our side"),
    503: _words("请稍后再试", "Please try again in a moment"),
    504: _words("等得太久了", "It took too long"),
}
"""What each status means."""

DETAILS: dict[str, str] = {
    "malformed": "请求读不懂，请检查格式后再发。",
    "forbidden": "您的身份不能做这件事；需要的话，请找社区工作人员。",
    "unauthorized": "请先登录；登录过的，请重新登录。",
    "not_found": "没有找到；可能已经不在，或不属于您的社区。",
    "conflict": "别人刚刚改动过，请刷新后再看。",
    "absence_overlaps": "这段时间已经报过了，请先结束原来的。",
    "id_reserved": "这个编号属于已移除的居民，请换一个编号，或先彻底删除其信息。",
    "in_use": "还有人或设备要用到它，请先移走再删除。",
    "illegal_move": "现在不能这样做，请刷新后看看可以怎么做。",
    "not_on_duty": "这一班现在不归这个人，请刷新后再看。",
    "on_leave": "这段时间在休假，请先结束休假，再安排值守。",
    "not_their_choice": "只有居民本人或其指定的代理人可以决定。",
    "stale": "您看过之后内容又有变化，请重新读取后再改。",
    "precondition_required": "请先读取，再把读到的 ETag 放在 If-Match 里一起发来。",
    "idempotency_key_missing": "请加上 Idempotency-Key，这样重发也不会做两遍。",
    "idempotency_key_in_use": "同样的请求正在处理，请稍后再发。",
    "idempotency_key_reused": "这个 Idempotency-Key 已用于另一份内容，请换一个。",
    "invalid": "有几处填得不对，请改正后再发。",
    "too_many_requests": "请求太多了，请稍等一会儿再试。",
    "too_large": "发来的内容太大，请分开发。",
    "method_not_allowed": "这个地址不能这样用。",
    "unsupported_media_type": "请用 application/json 发送。",
    "store_unavailable": "系统正忙，请稍后再试。",
    "internal": "我们这边出错了，已经记下；请稍后再试。",
}
"""What each code means, to a Chinese reader, where the error has no words of its own."""


def title_of(status: int, language: str) -> str:
    """What a status means, in words."""
    return TITLES.get(status, TITLES[500 if status >= 500 else 400])[language]


FAULTS: dict[str, str] = {
    "missing": "缺了这一项",
    "extra_forbidden": "没有这一项，请检查拼写",
    "string_type": "应当是文字",
    "string_too_short": "太短，至少 {min_length} 个字",
    "string_too_long": "太长，最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不对",
    "string_unicode": "含有无法识别的字符",
    "int_type": "应当是整数",
    "int_parsing": "应当是整数",
    "int_parsing_size": "这个整数太大",
    "int_from_float": "应当是整数",
    "float_type": "应当是数字",
    "bool_type": "应当是 true 或 false",
    "bool_parsing": "应当是 true 或 false",
    "greater_than_equal": "不能小于 {ge}",
    "greater_than": "应当大于 {gt}",
    "less_than_equal": "不能大于 {le}",
    "less_than": "应当小于 {lt}",
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "list_type": "应当是一个列表",
    "tuple_type": "应当是一个列表",
    "too_long": "太多，最多 {max_length} 项",
    "too_short": "太少，至少 {min_length} 项",
    "dict_type": "应当是一个对象",
    "model_type": "应当是一个对象",
    "model_attributes_type": "应当是一个对象",
    "instant": "时间不对，请写成 2025-01-15T12:00:00+08:00 这样",
    "clock": "时刻不对，请写成 08:00 这样",
    "datetime_parsing": "时间不对，请写成 2025-01-15T12:00:00+08:00 这样",
    "datetime_from_date_parsing": "时间不对，请写成 2025-01-15T12:00:00+08:00 这样",
    "datetime_type": "时间不对，请写成 2025-01-15T12:00:00+08:00 这样",
    "timezone_aware": "时间要带时区，例如 2025-01-15T12:00:00+08:00",
    "time_parsing": "时刻不对，请写成 08:00 这样",
    "date_parsing": "日期不对，请写成 2025-01-15 这样",
}
"""What is wrong with a field, by pydantic's type of the error."""


def fault_in_chinese(kind: str, context: Mapping[str, object]) -> str:
    """What is wrong with a field. `kind` and `context` are pydantic's."""
    told = FAULTS.get(kind, "这一项不对")
    return told.format_map(_Told({name: _plain(value) for name, value in context.items()}))


def _plain(value: object) -> object:
    return value.replace(" or ", " 或 ") if isinstance(value, str) else value


class _Told(dict[str, object]):
    """What pydantic told about an error; what it left out reads as an ellipsis."""

    def __missing__(self, name: str) -> str:
        return "…"
