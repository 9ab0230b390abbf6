"""Communities, grids, households, residents and devices. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.registry.needs import (
    LONGEST_NAME,
    Category,
    Kin,
    must_be_id,
    must_be_kin,
    must_be_phone,
    must_be_tags,
    must_be_text,
)

__all__ = [
    "FOUNDING", "Category", "Community", "Device", "Grid", "Household", "Kin", "Kind", "Resident",
    "StillWaterSettings", "must_be_id",
]  # fmt: skip


class Kind(StrEnum):
    """What a device measures."""

    WATER_METER = "water_meter"
    GAS_METER = "gas_meter"
    ELECTRICITY_METER = "electricity_meter"
    MOTION_SENSOR = "motion_sensor"
    DOOR_CONTACT = "door_contact"
    PEEPHOLE = "peephole"
    CURTAIN_SENSOR = "curtain_sensor"
    BED_RADAR = "bed_radar"
    WATCH = "watch"
    CAMERA = "camera"
    GAS_ALARM = "gas_alarm"
    SMOKE_ALARM = "smoke_alarm"
    ONE_KEY = "one_key"


SHORTEST_WINDOW = timedelta(hours=1)
LONGEST_WINDOW = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class StillWaterSettings:
    """The founding rule's two numbers; None means the community's default, and there the founding 12 h and 10
    litres.
    """

    window_minutes: int | None = None
    least_litres: int | None = None

    def __post_init__(self) -> None:
        if self.window_minutes is not None:
            window = timedelta(minutes=self.window_minutes)
            if not SHORTEST_WINDOW <= window <= LONGEST_WINDOW:
                raise RefusedError(
                    f"A window of {self.window_minutes} minutes is outside 60 to 10080.",
                    pointer="/window_minutes",
                    zh="时长是 60 到 10080 分钟。",
                )
        if self.least_litres is not None and not 1 <= self.least_litres <= 1000:
            raise RefusedError(
                f"{self.least_litres} litres is outside 1 to 1000.",
                pointer="/least_litres",
                zh="用水量是 1 到 1000 升。",
            )

    def over(self, default: "StillWaterSettings") -> "StillWaterSettings":
        """These settings where they are set, `default` where not."""
        window, least = self.window_minutes, self.least_litres
        return StillWaterSettings(
            default.window_minutes if window is None else window,
            default.least_litres if least is None else least,
        )


FOUNDING = StillWaterSettings(window_minutes=720, least_litres=10)
"""Lanzhou's rule: less than 0.01 m³ in 12 hours."""


@dataclass(frozen=True, slots=True)
class Community:
    """The tenant (社区). `time_zone` is an IANA name; `phone` its own number, which a press may dial.

    `version`, here and below, counts the changes of what is stored; 0 was never stored.
    """

    id: str
    name: str
    time_zone: str = "Asia/Shanghai"
    still_water: StillWaterSettings = field(default_factory=StillWaterSettings)
    phone: str = ""
    version: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        must_be_id(self.id, "Community")
        must_be_text(self.name, "A community's name", most=LONGEST_NAME, least=1, pointer="/name")
        must_be_phone(self.phone)
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise RefusedError(
                f"'{self.time_zone}' is no IANA time zone, such as Asia/Shanghai.",
                pointer="/time_zone",
                zh=f"“{self.time_zone}”不是时区，请写成 Asia/Shanghai 这样。",
            ) from error

    @property
    def zone(self) -> tzinfo:
        """Its time zone, for days, shifts and what people read."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True)
class Grid:
    """A patch of a community (网格). `workers` are its grid workers, by id, in the order in which to ask."""

    id: str
    community: str
    name: str
    workers: tuple[str, ...] = ()
    version: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        must_be_id(self.id, "Grid")
        must_be_text(self.name, "A grid's name", most=LONGEST_NAME, least=1, pointer="/name")
        for worker in self.workers:
            must_be_id(worker, "Grid worker")


@dataclass(frozen=True, slots=True)
class Household:
    """A dwelling, and the steward (贴心管家) who looks after it."""

    id: str
    community: str
    grid: str
    name: str
    building: str = ""
    address: str = ""
    steward: str = ""
    still_water: StillWaterSettings = field(default_factory=StillWaterSettings)
    version: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        must_be_id(self.id, "Household")
        must_be_id(self.grid, "Grid")
        must_be_id(self.community, "Community")
        if not self.name.strip():
            raise RefusedError(
                f"Household '{self.id}' needs a name.", pointer="/name", zh="请写上这户的名称。"
            )
        for text, what, most in (
            (self.name, "name", LONGEST_NAME), (self.building, "building", 40),
            (self.address, "address", 200), (self.steward, "steward", LONGEST_NAME),
        ):  # fmt: skip
            must_be_text(text, f"A household's {what}", most=most, pointer=f"/{what}")


@dataclass(frozen=True, slots=True)
class Resident:
    """A person living in a household, of which there may be several. Ids are unique in a community.

    `kin` stand in the order in which to ask them. Nobody is enrolled but by their own wish: `agreed_on` is
    the day on which the resident, or whoever `agreed_by` names for them, agreed; None means not yet. They
    have lived there `since`, in Unix seconds; 0 when nobody noted it.
    """

    id: str
    community: str
    household: str
    name: str
    phone: str = ""
    kin: tuple[Kin, ...] = ()
    categories: frozenset[Category] = frozenset()
    tags: tuple[str, ...] = ()
    born: date | None = None
    agreed_on: date | None = None
    agreed_by: str = ""
    language: str = "zh-CN"
    since: int = field(default=0, compare=False)
    version: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        must_be_id(self.id, "Resident")
        must_be_id(self.community, "Community")
        must_be_id(self.household, "Household")
        must_be_text(self.name, "A resident's name", most=LONGEST_NAME, least=1, pointer="/name")
        must_be_text(self.agreed_by, "Who agreed", most=LONGEST_NAME, pointer="/agreed_by")
        must_be_phone(self.phone)
        must_be_tags(self.tags)
        must_be_kin(self.kin)
        if self.language not in LANGUAGES:
            raise RefusedError(
                f"'{self.language}' is none of {', '.join(LANGUAGES)}.",
                pointer="/language",
                zh=f"语言只能是 {'、'.join(LANGUAGES)}。",
            )

    @property
    def is_enrolled(self) -> bool:
        """Whether they agreed to be looked after."""
        return self.agreed_on is not None


@dataclass(frozen=True, slots=True)
class Device:
    """A meter or sensor with a certificate.

    `reports_every` is the reporting interval: how often a message comes. `withheld` while those who live
    there don't agree to it: what it says is neither stored nor judged.
    """

    id: str
    community: str
    grid: str
    household: str
    kind: Kind
    reports_every: timedelta
    added_at: datetime
    certificate: str = ""
    revoked_at: datetime | None = None
    withheld: bool = False

    def __post_init__(self) -> None:
        for text, what in (
            (self.id, "Device"),
            (self.community, "Community"),
            (self.grid, "Grid"),
            (self.household, "Household"),
        ):
            must_be_id(text, what)
        if not timedelta(minutes=1) <= self.reports_every <= timedelta(days=7):
            raise RefusedError(
                "A reporting interval is between 60 seconds and 7 days.",
                pointer="/reports_every",
                zh="上报间隔是 60 秒到 7 天。",
            )
