"""What an alarm turned out to be, as found at the door. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from chalicelib.kernel.errors import RefusedError


class Verdict(StrEnum):
    """What an alarm turned out to be."""

    REAL = "real"
    FALSE = "false"
    DRILL = "drill"
    DEVICE = "device"


class Cause(StrEnum):
    """Why it was raised, as found at the door."""

    ASLEEP = "asleep"
    AWAY = "away"
    LOW_USE = "low_use"
    VISITING = "visiting"
    METER_FAULT = "meter_fault"
    NETWORK_FAULT = "network_fault"
    FELL = "fell"
    ILL = "ill"
    DIED = "died"
    FIRE = "fire"
    GAS = "gas"
    PRESSED_BY_MISTAKE = "pressed_by_mistake"
    TEST = "test"
    OTHER = "other"


class Action(StrEnum):
    """What was done about a real one: family told, ambulance, fire brigade, police, or helped on the spot."""

    FAMILY = "family"
    AMBULANCE = "120"
    FIRE_BRIGADE = "119"
    POLICE = "110"
    HELPED = "helped"


CAUSES_OF: dict[Verdict, tuple[Cause, ...]] = {
    Verdict.REAL: (
        Cause.FELL, Cause.ILL, Cause.FIRE, Cause.GAS, Cause.DIED, Cause.AWAY, Cause.LOW_USE, Cause.OTHER,
    ),
    Verdict.FALSE: (
        Cause.ASLEEP, Cause.AWAY, Cause.LOW_USE, Cause.VISITING, Cause.PRESSED_BY_MISTAKE, Cause.TEST,
        Cause.METER_FAULT, Cause.NETWORK_FAULT, Cause.OTHER,
    ),
    Verdict.DEVICE: (Cause.METER_FAULT, Cause.NETWORK_FAULT, Cause.OTHER),
    Verdict.DRILL: (Cause.TEST, Cause.PRESSED_BY_MISTAKE, Cause.OTHER),
}  # fmt: skip
"""The causes that go with each verdict; `other` goes with every one. Somebody who is away may be lost, and
who used little water may be weak: both can be real.
"""
NEEDS_ACTION = frozenset({Cause.FELL, Cause.ILL, Cause.DIED, Cause.FIRE, Cause.GAS})
"""What is never all well."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the responder found. `real` names what was done."""

    verdict: Verdict
    cause: Cause
    note: str = ""
    action: Action | None = None

    def __post_init__(self) -> None:
        if self.verdict is Verdict.REAL and self.action is None:
            raise RefusedError(
                "A real alarm needs an action: family, 120, 119, 110 or helped.",
                pointer="/action",
                zh="确有其事时要写明怎么处理的：family、120、119、110 或 helped。",
            )

    def must_fit(self, *, drill: bool, about_drill: bool = False) -> None:
        """Raises RefusedError if cause or alarm contradict the verdict: only a drill ends as one, except for
        the task that is `about_drill`, and nothing real is found at one. Outcomes that were kept before this
        was asked still read.
        """
        if self.cause not in CAUSES_OF[self.verdict]:
            causes = ", ".join(CAUSES_OF[self.verdict])
            raise RefusedError(
                f"Found {self.verdict}, the cause can't be {self.cause}. It can be: {causes}.",
                pointer="/cause",
                zh=f"结果是 {self.verdict} 时，原因不能是 {self.cause}，可以是：{causes}。",
            )
        if self.verdict is Verdict.DRILL and not (drill or about_drill):
            raise RefusedError(
                "This alarm is no drill. If somebody only tried it out, say false, with the cause test.",
                pointer="/verdict",
                zh="这不是演练。如果只是有人试按，请填 false，原因填 test。",
            )
        if self.verdict is Verdict.REAL and drill:
            raise RefusedError(
                "This is a drill. If somebody does need help, press “1” for them, or call 120.",
                pointer="/verdict",
                zh="这是演练。如果真的有人需要帮助，请替他按“1”，或拨打120。",
            )
