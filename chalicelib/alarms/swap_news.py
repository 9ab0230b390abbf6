"""A swap moved: whoever waits for it hears of it, and needn't look."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.alarms.errands import Errand, post
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify.texts import MessageKind
from chalicelib.registry.store import RegistryStore
from chalicelib.rota.swaps import Swap, SwapState
from chalicelib.watch.deadlines import DeadlineStore

_SAID: Mapping[SwapState, Mapping[str, str]] = {
    SwapState.OFFERED: {
        "zh-CN": "{start}的一班，有人想请您替",
        "en": "somebody asks you to serve their shift of {start}",
    },
    SwapState.TAKEN: {
        "zh-CN": "{start}的一班有人愿意替，等待确认",
        "en": "your shift of {start} was taken and waits to be confirmed",
    },
    SwapState.CONFIRMED: {"zh-CN": "{start}的一班换好了", "en": "the shift of {start} has changed hands"},
    SwapState.WITHDRAWN: {"zh-CN": "{start}的一班不用替了", "en": "the shift of {start} stays as it was"},
}


@dataclass(frozen=True, slots=True)
class SwapNews:
    """Tells the owner of a shift, and whoever is to serve it, but not the one who made the move."""

    registry: RegistryStore
    deadlines: DeadlineStore

    def tell(self, community: str, swap: Swap, *, by: str, now: datetime) -> None:
        """Let the next tick tell them, until the shift is over; again is harmless."""
        known = self.registry.community(community)
        if swap.state not in _SAID or known is None:
            return
        at = swap.start.astimezone(known.zone)
        start = {"zh-CN": f"{at.month}月{at.day}日{at:%H:%M}", "en": f"{at:%d %b %H:%M}"}
        said = {each: _SAID[swap.state][each].format(start=start[each]) for each in LANGUAGES}
        for person in {swap.owner, swap.to} - {by, ""}:
            key = f"swap/{swap.id}/{swap.version}/{person}"
            errand = Errand(community, person, MessageKind.SWAP, key, swap.end, place=said, on_duty=False)
            post(self.deadlines, errand, now=now)
