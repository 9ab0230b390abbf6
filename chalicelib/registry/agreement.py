"""Nobody is enrolled but by their own wish: who is looked after without a day of agreement is told of. Pure.

They are watched over as everybody is. Lists from a street's files often come without these days, and nobody
would be helped if such a home fell silent: whoever enrols is reminded until the day is written down.
"""

from collections.abc import Iterable

from chalicelib.registry.model import Resident

REMINDERS = {
    "zh-CN": "有 {count} 位居民还没有登记同意日期（agreed_on）：请向本人确认后补上。他们照常受到守望。",
    "en": "Residents without a day of agreement (agreed_on) so far: {count}. Ask them, and add it; they are "
    "watched over like everybody.",
}


def without_agreement(residents: Iterable[Resident]) -> int:
    """How many have not agreed yet, as far as anybody wrote down."""
    return sum(1 for resident in residents if not resident.is_enrolled)


def reminder(count: int, *, language: str) -> str | None:
    """What to tell whoever enrols them; None where nobody is without."""
    return REMINDERS[language].format(count=count) if count else None
