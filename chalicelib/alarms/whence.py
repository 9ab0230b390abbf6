"""Where a one-key call came from, for whoever goes there or rings back. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where the caller was, in millionths of a degree (WGS 84), give or take `accuracy_m` metres."""

    latitude_e6: int
    longitude_e6: int
    accuracy_m: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Whence:
    """The caller's latest place, as far as it was told, and an unknown caller's number in E.164."""

    place: Place | None = None
    phone: str = ""


UNTOLD = Whence()
