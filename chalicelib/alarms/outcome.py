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
