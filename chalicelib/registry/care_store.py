"""Where health notes and door packs are kept: each in an item of its own.

What was emptied stays as an item that holds its version alone: one that began again at 1 would let somebody
overwrite what they never read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.aws.items import Item
from chalicelib.aws.tables import (
    NEW,
    Ask,
    Delete,
    Expectation,
    ExpectationError,
    Put,
    Table,
    Write,
    every_item,
    put_all,
)
from chalicelib.kernel.errors import ConflictError
from chalicelib.registry.care import Care, DoorPack, Medicine
from chalicelib.registry.resident_store import care_key
from chalicelib.registry.store import MOVED_ON


class CareStore:
    """Health notes by resident, door packs by household. Where nothing is noted, they are empty."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def care(self, community: str, resident: str) -> Care:
        """What to know of a resident's health and days."""
        item = self._table.get(*care_key(community, resident), consistent=True)
        return _care(item, community) if item else Care(community, resident)

    def every_care(self, community: str) -> dict[str, Care]:
        """All of a community's, by resident: for imports and exports alone."""
        items = every_item(self._table, Ask(care_key(community, "")[0]))
        return {item["sk"]: _care(item, community) for item in items}

    def put_care(self, care: Care) -> Care:
        """Write it as it was read and changed. Raises ConflictError."""
        stored = replace(care, version=care.version + 1)
        self._write(Put(_care_item(stored), _as_read(care.version)))
        return stored

    def door(self, community: str, household: str) -> DoorPack:
        """How to get into a home."""
        item = self._table.get(_doors(community), household, consistent=True)
        return _door(item, community) if item else DoorPack(community, household)

    def every_door(self, community: str) -> dict[str, DoorPack]:
        """All of a community's, by household: for imports and exports alone."""
        return {i["sk"]: _door(i, community) for i in every_item(self._table, Ask(_doors(community)))}

    def put_door(self, door: DoorPack) -> DoorPack:
        """Write it as it was read and changed. Raises ConflictError."""
        stored = replace(door, version=door.version + 1)
        self._write(Put(_door_item(stored), _as_read(door.version)))
        return stored

    def remove_door(self, door: DoorPack) -> None:
        """Remove it with its home. Raises ConflictError when it changed since."""
        self._write(Delete(_doors(door.community), door.household, _as_read(door.version)))

    def put_many(self, cares: Sequence[Care], doors: Sequence[DoorPack]) -> None:
        """Write many, in batches and whatever their version."""
        items = [_care_item(replace(care, version=care.version + 1)) for care in cares]
        items += [_door_item(replace(door, version=door.version + 1)) for door in doors]
        put_all(self._table, items)

    def _write(self, write: Write) -> None:
        try:
            self._table.write(write)
        except ExpectationError as error:
            raise ConflictError(MOVED_ON) from error


def _as_read(version: int) -> Expectation:
    return {"version": version} if version else NEW


def _doors(community: str) -> str:
    return f"doors#{community}"


def _care_item(care: Care) -> Item:
    pk, sk = care_key(care.community, care.resident)
    return {
        "pk": pk,
        "sk": sk,
        "health_notes": care.health_notes,
        "medication": [[one.name, one.dose, one.times] for one in care.medication],
        "routine": care.routine,
        "version": care.version,
    }


def _care(item: Mapping[str, Any], community: str) -> Care:
    return Care(
        community=community,
        resident=item["sk"],
        health_notes=item["health_notes"],
        medication=tuple(Medicine(*one) for one in item["medication"]),
        routine=item["routine"],
        version=item["version"],
    )


def _door_item(door: DoorPack) -> Item:
    return {
        "pk": _doors(door.community),
        "sk": door.household,
        "notes": door.notes,
        "key_holder": door.key_holder,
        "key_holder_phone": door.key_holder_phone,
        "key_place": door.key_place,
        "version": door.version,
    }


def _door(item: Mapping[str, Any], community: str) -> DoorPack:
    return DoorPack(
        community=community,
        household=item["sk"],
        notes=item["notes"],
        key_holder=item["key_holder"],
        key_holder_phone=item["key_holder_phone"],
        key_place=item["key_place"],
        version=item["version"],
    )
