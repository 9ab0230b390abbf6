"""Wire format 1: what each kind of device may say, checked with pydantic.

To add a kind, add a class and its line in SAMPLES.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, NotRequired

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json
from typing_extensions import TypedDict

from chalicelib.kernel.errors import RefusedError
from chalicelib.registry.model import Kind
from chalicelib.telemetry.model import MAX_PAYLOAD_BYTES, MAX_SAMPLES, Reason

Count = Annotated[int, Field(ge=0, le=2**53)]
Percent = Annotated[int, Field(ge=0, le=100)]
Bpm = Annotated[int, Field(ge=0, le=300)]


class UnreadableError(RefusedError):
    """A message that goes to quarantine. `reason` says why in one word, the text in a sentence."""

    def __init__(self, reason: Reason, message: str, *, pointer: str = "") -> None:
        super().__init__(message, pointer=pointer)
        self.reason = reason


class Sample(TypedDict):
    """What every sample has. Unknown fields are let through unread: devices are newer than servers.

    Samples are checked dicts, not models: making and unmaking a model a sample was half of the ingest's work.
    """

    at: Annotated[int, Field(ge=0, le=2**40)]
    battery_percent: NotRequired[Percent | None]
    fault: NotRequired[Annotated[str, Field(max_length=32)] | None]


class LitreRegister(Sample):
    register_litres: Count


class WattHourRegister(Sample):
    register_watt_hours: Count


class Motion(Sample):
    motion: bool


class Door(Sample):
    open: bool


class Passage(Sample):
    passage: Literal["in", "out"]


class Curtain(Sample):
    open_percent: Percent


class Fall(Sample):
    fall: NotRequired[bool | None]


class Bed(Fall):
    in_bed: bool
    awake: bool
    moving: bool
    heart_rate_bpm: NotRequired[Bpm | None]
    respiration_bpm: NotRequired[Bpm | None]
    turn_overs: NotRequired[Count | None]
    bed_exits: NotRequired[Count | None]


class Watch(Fall):
    worn: bool
    heart_rate_bpm: NotRequired[Bpm | None]
    steps: NotRequired[Count | None]
    spo2_percent: NotRequired[Percent | None]


class Seen(Sample):
    event: Literal["person", "fall"]


class Danger(Sample):
    state: Literal["alarm", "clear", "fault"]


class Press(Sample):
    press: Literal["call", "test"]


SAMPLES: Mapping[Kind, type] = {
    Kind.WATER_METER: LitreRegister,
    Kind.GAS_METER: LitreRegister,
    Kind.ELECTRICITY_METER: WattHourRegister,
    Kind.MOTION_SENSOR: Motion,
    Kind.DOOR_CONTACT: Door,
    Kind.PEEPHOLE: Passage,
    Kind.CURTAIN_SENSOR: Curtain,
    Kind.BED_RADAR: Bed,
    Kind.WATCH: Watch,
    Kind.CAMERA: Seen,
    Kind.GAS_ALARM: Danger,
    Kind.SMOKE_ALARM: Danger,
    Kind.ONE_KEY: Press,
}


class Head(BaseModel):
    """A message's frame; its samples are checked by kind."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    v: int
    kind: str
    every: Annotated[int, Field(ge=1, le=86400)]
    seq: Count | None = None
    samples: Annotated[list[Any], Field(min_length=1)]


class Message(NamedTuple):
    """A checked message. `samples` hold only the fields of its kind, and only those that were sent."""

    kind: Kind
    every: int
    seq: int | None
    samples: list[dict[str, Any]]


MAY_BE_URGENT = frozenset(
    {Kind.ONE_KEY, Kind.GAS_ALARM, Kind.SMOKE_ALARM, Kind.CAMERA, Kind.BED_RADAR, Kind.WATCH}
)
"""The kinds whose samples may be urgent."""


def is_urgent(kind: Kind, sample: dict[str, Any]) -> bool:
    """Whether a sample may come, and must come, on the urgent lane."""
    if kind in (Kind.ONE_KEY, Kind.GAS_ALARM, Kind.SMOKE_ALARM):
        return True
    return sample.get("event") == "fall" or sample.get("fall") is True


def parse(raw: bytes) -> Message:
    """Check a device's bytes.

    Raises UnreadableError with the reason and, where there is one, a JSON pointer.
    """
    if len(raw) > MAX_PAYLOAD_BYTES:
        raise UnreadableError(
            Reason.TOO_LARGE, f"{len(raw)} bytes; a message has at most {MAX_PAYLOAD_BYTES}."
        )
    head = _head(raw)
    if head.kind not in _KINDS:
        raise UnreadableError(
            Reason.UNKNOWN_KIND, f"Kind {head.kind[:40]!r} isn't known here.", pointer="/kind"
        )
    if len(head.samples) > MAX_SAMPLES:
        raise UnreadableError(
            Reason.TOO_MANY_SAMPLES,
            f"{len(head.samples)} samples; at most {MAX_SAMPLES}.",
            pointer="/samples",
        )
    kind = Kind(head.kind)
    try:
        samples = _samples_of(kind).validate_python(head.samples)
    except ValidationError as error:
        raise _unreadable(error, under="/samples") from error
    return Message(kind, head.every, head.seq, [s if None not in s.values() else _sent(s) for s in samples])


_KINDS = frozenset(Kind)


def _head(raw: bytes) -> Head:
    try:
        decoded = _decoded(raw)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(Reason.NOT_JSON, "The payload isn't JSON.") from error
    version = decoded.get("v") if isinstance(decoded, dict) else None
    if type(version) is int and version != 1:  # before its frame, which another format may shape otherwise
        raise UnreadableError(
            Reason.UNKNOWN_VERSION, f"Format {version} isn't known here; send v = 1.", pointer="/v"
        )
    try:
        return Head.model_validate(decoded)
    except ValidationError as error:
        raise _unreadable(error) from error


def _decoded(raw: bytes) -> Any:
    try:
        return from_json(raw)
    except ValueError:  # the fast reader knows UTF-8 alone; `json` reads what is left, or says why not
        return json.loads(raw)


@cache
def _samples_of(kind: Kind) -> TypeAdapter[list[dict[str, Any]]]:
    return TypeAdapter(list.__class_getitem__(SAMPLES[kind]), config=ConfigDict(strict=True))


def _sent(sample: dict[str, Any]) -> dict[str, Any]:
    """A sample without what is null in it."""
    return {name: value for name, value in sample.items() if value is not None}


def _unreadable(error: ValidationError, *, under: str = "") -> UnreadableError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    pointer = under + "".join(f"/{part}" for part in first["loc"])
    return UnreadableError(_reason(first), f"{pointer or 'message'}: {first['msg']}", pointer=pointer)


def _reason(detail: ErrorDetails) -> Reason:
    if detail["type"] == "missing":
        return Reason.MISSING_FIELD
    out_of_range = ("greater_than", "less_than", "too_short", "too_long", "literal_error")
    return (
        Reason.OUT_OF_RANGE
        if detail["type"].startswith(out_of_range) or "too_" in detail["type"]
        else Reason.WRONG_TYPE
    )
