"""Invented names. Nobody is meant: a surname and a given name are drawn by themselves."""

from random import Random

SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘蒋蔡余杜叶程苏魏"
ELDERS = (
    *("桂英", "秀兰", "玉珍", "淑芬", "凤霞", "素琴", "金花", "月娥", "翠莲", "惠芳", "爱华", "春梅", "瑞芝"),
    *("建国", "德福", "志明", "国强", "永贵", "长顺", "文海", "宝山", "树林", "庆祥", "福来", "守义", "连生"),
)
STEWARDS = ("晓雯", "佳琪", "子涵", "婷婷", "志远", "雪梅", "俊杰", "思源", "丽娜", "海燕", "文静", "博文")


def resident_name(rng: Random) -> str:
    """Somebody born in the thirties to fifties, such as 王桂英."""
    return rng.choice(SURNAMES) + rng.choice(ELDERS)


def steward_of(seed: int, building: int) -> str:
    """The community worker who looks after a building."""
    rng = Random(f"{seed}/building {building}")
    return rng.choice(SURNAMES) + rng.choice(STEWARDS)
