"""Where declared absences are kept: those that run wait in the one index for their end."""

import json
from datetime import datetime, timedelta

from chalicelib.aws.items import Item
from chalicelib.aws.tables import NEW, Ask, Delete, Put, Table, every_item
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.watch.absence import Absence, Declared
from chalicelib.watch.deadlines import DeadlineStore, Due

KEPT = timedelta(days=40)
"""Longer than any habit is learned late, and as long as somebody may ask what was."""


def absence_partition(community: str, household: str) -> str:
    """The partition of a home's absences."""
    return f"absence#{community}#{household}"


class AbsenceStore:
    """One item an absence."""

    def __init__(self, table: Table, deadlines: DeadlineStore) -> None:
        self._table = table
        self._deadlines = deadlines

    def of(self, community: str, household: str, *, consistent: bool = False) -> list[Absence]:
        """All that is known of a home, by kind and beginning."""
        ask = Ask(absence_partition(community, household), consistent=consistent)
        return [_absence(item) for item in every_item(self._table, ask)]

    def add(self, absence: Absence, *, look_at: datetime) -> None:
        """Keep a new one, which waits. Raises ExpectationError when there is one of that beginning."""
        self._table.write(Put(self._item(absence, look_at), NEW))

    def put(self, absence: Absence, *, look_at: datetime | None) -> None:
        """Change one. It waits until `look_at`, or is over."""
        self._table.write(Put(self._item(absence, look_at)))

    def forget(self, absence: Absence) -> None:
        """Keep nothing of one. Again changes nothing."""
        self._table.write(Delete(absence_partition(absence.community, absence.household), _sk(absence)))

    def _item(self, absence: Absence, look_at: datetime | None) -> Item:
        state = json.dumps(
            {
                "ends": epoch(absence.ends_at),
                "by": absence.declared_by,
                "at": epoch(absence.declared_at),
                "ended_by": absence.ended_by,
            }
        )
        pk, sk = absence_partition(absence.community, absence.household), _sk(absence)
        waits = self._deadlines.item(Due(pk, sk, look_at, state)) if look_at else {"pk": pk, "sk": sk}
        return {**waits, "state": state, "expires": epoch(absence.ends_at + KEPT)}


def absence_of(due: Due) -> Absence:
    """The absence that a deadline belongs to."""
    return _absence({"pk": due.pk, "sk": due.sk, "state": due.state})


def _sk(absence: Absence) -> str:
    return f"{absence.kind}#{epoch(absence.begins_at):010d}"


def _absence(item: Item) -> Absence:
    _, community, household = item["pk"].split("#")
    kind, _, begins = item["sk"].partition("#")
    state = json.loads(item["state"])
    return Absence(
        community,
        household,
        Declared(kind),
        from_epoch(int(begins)),
        from_epoch(state["ends"]),
        state["by"],
        from_epoch(state["at"]),
        state["ended_by"],
    )
