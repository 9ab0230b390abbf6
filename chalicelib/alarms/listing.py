"""What is open in a community, read as a whole."""

from collections.abc import Iterator

from chalicelib.alarms.cases import Case, cases_of
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.store import AlarmStore
from chalicelib.aws.items import Item

PAGE = 100
"""How many open alarms are read at once."""


def all_open(alarms: AlarmStore, community: str) -> Iterator[Alarm]:
    """All of a community's open alarms, newest first; maybe a moment old."""
    after: Item | None = None
    while True:
        found, page = alarms.page(community, is_open=True, limit=PAGE, after=after)
        yield from found
        if (after := page.after) is None:
            return


def open_cases(alarms: AlarmStore, community: str) -> list[Case]:
    """A community's open alarms, those of a home as one case, in the order in which to look at them."""
    return cases_of(all_open(alarms, community))
