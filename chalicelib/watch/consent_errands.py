"""What follows from a consent that was taken back, as errands: the registry's `Later`."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.registry.consenting import Consenting
from chalicelib.telemetry.forgetting import GRACE, RefusedEraser, SeriesEraser
from chalicelib.watch.absence_service import Absences
from chalicelib.watch.errands import Errands, Left, State
from chalicelib.watch.routine_homes import RoutineHomes

SETTLE = "settle"
FORGET = "forget"


@dataclass(frozen=True, slots=True)
class ConsentErrands:
    """Sends the errands."""

    errands: Errands

    def settle_soon(self, community: str, household: str, *, at: datetime) -> None:
        """Settle a home's devices at `at`."""
        self.errands.send(SETTLE, community, household, {}, at=at)

    def forget_series(self, community: str, device: str, *, at: datetime) -> None:
        """Erase what a device has said so far, and what running processes still store of it after `at`."""
        self.errands.send(FORGET, community, device, {"until": epoch(at + GRACE)}, at=at)


@dataclass(frozen=True, slots=True)
class Settling:
    """Takes up what a crash left undone of a choice, and what follows when others live in a home."""

    consenting: Consenting
    absences: Absences
    homes: RoutineHomes

    def __call__(self, community: str, household: str, state: State, now: datetime) -> None:
        """Settle a home."""
        self.consenting.settle(community, household, now=now)
        self.absences.settle(community, household, now=now)
        self.homes.settle(community, household, now=now)


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Erases a device's series, and what was refused of it, in steps; once more when its grace is over."""

    eraser: SeriesEraser
    refused: RefusedEraser

    def __call__(self, community: str, device: str, state: State, now: datetime) -> Left | None:
        """Erase a little."""
        until = from_epoch(state["until"])
        if "after" not in state:
            go_on = self.eraser.erase(device, state.get("day") or self.eraser.first_day(until), until)
            if go_on is not None:
                return Left({**state, "day": go_on}, now)
        after = self.refused.erase(
            community, state.get("after", ""), lambda item: device in (item["device"], item["client_id"])
        )
        if after is not None:
            return Left({"until": state["until"], "after": after}, now)
        return Left({"until": state["until"]}, until) if now < until else None
