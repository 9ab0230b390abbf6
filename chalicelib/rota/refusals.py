"""What to say where duty isn't as somebody thought: people by their names, times by the community's clock."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from chalicelib.kernel.errors import ConflictError
from chalicelib.registry.people import PeopleStore
from chalicelib.rota.swaps import SwapMoveError


class NotOnDutyError(ConflictError):
    """Someone confirmed, or gave away, a shift that isn't theirs; the text names whose it is."""

    code = "not_on_duty"


class OnLeaveError(ConflictError):
    """Someone was put on duty while they are on leave."""

    code = "on_leave"


@dataclass(frozen=True, slots=True)
class Refusals:
    """Makes refusals. Names are read only when there is one."""

    people: PeopleStore

    def not_on_duty(self, community: str, person: str, *, first: str | None) -> NotOnDutyError:
        """The shift isn't a person's: it is `first`'s, or nobody's."""
        name, other = self._names(community, person, first)
        return NotOnDutyError(
            f"This shift is {other or 'nobody'}'s, not {name}'s.",
            zh=f"这一班是{other}的，不是{name}的。" if other else f"这一班没有人值，也不是{name}的。",
        )

    def on_leave(self, community: str, person: str, *, until: datetime, zone: tzinfo) -> OnLeaveError:
        """A person can't be put on duty before their leave has ended."""
        name, _ = self._names(community, person, None)
        at = until.astimezone(zone)
        return OnLeaveError(
            f"{name} is on leave until {at:%d %b %Y %H:%M}; end that first.",
            zh=f"{name}休假到{at.year}年{at.month}月{at.day}日{at:%H:%M}，请先结束休假，再安排值守。",
        )

    def become_anothers(self, community: str, owner: str, *, first: str | None) -> SwapMoveError:
        """A shift that was to be swapped is its owner's no longer."""
        name, other = self._names(community, owner, first)
        now = f"改由{other}值" if other else "没有人值"
        return SwapMoveError(
            f"That shift has become {other or 'nobody'}'s and is no longer {name}'s to give; "
            "withdraw this swap.",
            zh=f"这一班已经{now}，{name}不能再换出去了，请撤回这次换班。",
        )

    def _names(self, community: str, person: str, other: str | None) -> tuple[str, str]:
        known = self.people.get_many(community, [one for one in (person, other) if one])
        called = {one.id: one.name for one in known.values()}
        return called.get(person, person), called.get(other, other) if other else ""
