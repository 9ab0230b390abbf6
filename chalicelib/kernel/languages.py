"""The languages in which people are spoken to."""

LANGUAGES = ("zh-CN", "en")
"""Every text for people exists in these; the first is spoken where none is asked for."""


def language_of(accept: str) -> str:
    """The first of our languages that an Accept-Language header names, by its order; zh-CN otherwise."""
    for part in accept.split(","):
        tag = part.partition(";")[0].strip().lower()
        if tag.startswith("en"):
            return "en"
        if tag.startswith("zh"):
            return "zh-CN"
    return "zh-CN"
