"""What the card says to do: short, in Chinese and English."""

WHAT_TO_DO: dict[str, tuple[str, ...]] = {
    "zh-CN": (
        "按“1”，值班的人会马上知道。",
        "先拨第一个号码；没人接就拨下一个。",
        "着火拨119，急病拨120，报警拨110。",
        "待在安全的地方，别挂电话，门能开就打开。",
    ),
    "en": (
        "Press “1” and whoever is on duty knows at once.",
        "Dial the first number; if nobody answers, the next.",
        "Fire: 119. Illness: 120. Police: 110.",
        "Stay where it is safe, keep the phone on, and open the door if you can.",
    ),
}

NOT_PLACED = {
    "zh-CN": "我们现在通知不到值班的人，请直接拨打下面的号码。",
    "en": "We can't reach anybody for you right now. Please dial one of these numbers.",
}

NOTHING_TO_DIAL = {
    "zh-CN": "我们现在通知不到值班的人。请马上打电话给家人或邻居，或大声呼救；"
    "急病拨120，着火拨119，报警拨110。",
    "en": "We can't reach anybody for you right now. Please phone a relative or a neighbour at once, or call "
    "out for help. Illness: 120. Fire: 119. Police: 110.",
}
"""For whom no number is known, or may be shown: never a list that is empty."""
