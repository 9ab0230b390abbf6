"""Consent: what a resident allows to be kept of them, and for whose eyes. Pure.

Whoever is enrolled has signed an agreement on meters: by it, and until they say otherwise, water, gas and
electricity are kept and judged, and staff may read them. Everything else that watches a life (movement,
doors, the bed, a pulse, a camera) needs a yes of its own, as the law on personal information asks for what is
sensitive (PIPL, article 29). A press, gas and smoke are calls for help, and no consent is asked for them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.kernel.errors import ConflictError, RefusedError
from chalicelib.registry.model import Kind


class DataKind(StrEnum):
    """A kind of data that consent is given for."""

    WATER = "water"
    GAS = "gas"
    ELECTRICITY = "electricity"
    MOTION = "motion"
    DOOR = "door"
    CURTAIN = "curtain"
    BED = "bed"
    VITALS = "vitals"
    CAMERA = "camera"


class Audience(StrEnum):
    """For whom: `watch` is to be kept and judged at all; the others read it."""

    WATCH = "watch"
    STAFF = "staff"
    KIN = "kin"


DATA: Mapping[Kind, DataKind] = {
    Kind.WATER_METER: DataKind.WATER,
    Kind.GAS_METER: DataKind.GAS,
    Kind.ELECTRICITY_METER: DataKind.ELECTRICITY,
    Kind.MOTION_SENSOR: DataKind.MOTION,
    Kind.DOOR_CONTACT: DataKind.DOOR,
    Kind.PEEPHOLE: DataKind.DOOR,
    Kind.CURTAIN_SENSOR: DataKind.CURTAIN,
    Kind.BED_RADAR: DataKind.BED,
    Kind.WATCH: DataKind.VITALS,
    Kind.CAMERA: DataKind.CAMERA,
}
"""What a device tells of a life. Gas and smoke alarms and the "1" key aren't here: they call for help."""
AGREED = frozenset(
    (kind, audience)
    for kind in (DataKind.WATER, DataKind.GAS, DataKind.ELECTRICITY)
    for audience in (Audience.WATCH, Audience.STAFF)
)
"""What the enrolment agreement covers."""
_AGREED_TO = {each: frozenset(kind for kind, audience in AGREED if audience is each) for each in Audience}


class How(StrEnum):
    """How a choice was made: in the app, or on paper that staff took down."""

    APP = "app"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Choice:
    """A yes or no. `given_by` is the resident or their proxy; `recorded_by` who typed it in."""

    kind: DataKind
    audience: Audience
    granted: bool
    at: datetime
    given_by: str
    recorded_by: str
    how: How = How.APP


Key = tuple[DataKind, Audience]


@dataclass(frozen=True, slots=True)
class Consents:
    """All that a resident chose so far. `proxy` may choose for them; `version` counts the changes."""

    community: str
    resident: str
    choices: Mapping[Key, Choice] = field(default_factory=dict)
    proxy: str = ""
    version: int = 0

    def allows(self, kind: DataKind, audience: Audience) -> bool:
        """Whether data of a kind is for an audience. What may not be kept is for nobody."""
        kept = self._says(kind, Audience.WATCH)
        return kept and (audience is Audience.WATCH or self._says(kind, audience))

    def opened_to(self, audience: Audience) -> frozenset[DataKind]:
        """The kinds of data that are for an audience."""
        if not self.choices:
            return _AGREED_TO[audience]
        return frozenset(data for data in DataKind if self.allows(data, audience))

    @property
    def closes_water(self) -> bool:
        """Whether staff may not read the water that the agreement opens to them."""
        return not self.allows(DataKind.WATER, Audience.STAFF)

    def chosen(self, choice: Choice) -> "Consents":
        """The consents with another choice. The same answer again changes nothing."""
        key = (choice.kind, choice.audience)
        known = self.choices.get(key)
        if known is not None and known.granted == choice.granted:
            return self
        return replace(self, choices={**self.choices, key: choice}, version=self.version + 1)

    def represented_by(self, proxy: str) -> "Consents":
        """The consents with another proxy, or (empty) with none."""
        return self if proxy == self.proxy else replace(self, proxy=proxy, version=self.version + 1)

    def giver(self, person: str, *, is_staff: bool, signed_by_proxy: bool = False) -> tuple[str, How]:
        """Who gives a choice that somebody types in, and how.

        Raises NotTheirChoiceError: only the resident and the proxy choose, and staff take down what these
        signed.
        """
        if not is_staff:
            if person == self.resident or (self.proxy and person == self.proxy):
                return person, How.APP
            raise NotTheirChoiceError(
                "Only the resident, or a proxy they named, decides on this.",
                zh="只有居民本人或其指定的代理人可以决定。",
            )
        if signed_by_proxy and not self.proxy:
            raise RefusedError(
                "This resident has named no proxy.", pointer="/signed_by", zh="这位居民没有指定代理人。"
            )
        return (self.proxy if signed_by_proxy else self.resident), How.PAPER

    def _says(self, kind: DataKind, audience: Audience) -> bool:
        choice = self.choices.get((kind, audience))
        return (kind, audience) in AGREED if choice is None else choice.granted


class NotTheirChoiceError(ConflictError):
    """Somebody tried to decide for a resident who may not."""

    code = "not_their_choice"


def may_be_kept(kind: Kind, living_there: Iterable[Consents]) -> bool:
    """Whether a device may watch a home: everybody who lives there must agree.

    In a home that nobody is known to live in, the agreement's kinds alone.
    """
    data = DATA.get(kind)
    if data is None:
        return True
    found = list(living_there)
    if not found:
        return (data, Audience.WATCH) in AGREED
    return all(consents.allows(data, Audience.WATCH) for consents in found)


def opened_to(audience: Audience, living_there: Iterable[Consents]) -> frozenset[DataKind]:
    """The kinds of data that everybody who lives somewhere opened to an audience."""
    opened = [each.opened_to(audience) for each in living_there]
    return frozenset.intersection(*opened) if opened else _AGREED_TO[audience]


def is_open(kind: Kind, audience: Audience, opened: frozenset[DataKind]) -> bool:
    """Whether an audience, to whom these kinds of data are `opened`, may read what a device says."""
    data = DATA.get(kind)
    return audience is Audience.STAFF if data is None else data in opened
