"""Where consents are kept: one item with all that holds, and a line for every change that ever was."""

from collections.abc import Sequence

from chalicelib.aws.items import Item
from chalicelib.aws.remembered import remembered
from chalicelib.aws.tables import NEW, Ask, Delete, ExpectationError, Put, Table, every_item
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.kernel.errors import ConflictError
from chalicelib.registry.consent import Audience, Choice, Consents, DataKind, How


class ConsentStore:
    """Consents by resident. Who never chose has those of the agreement."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, community: str, resident: str, *, consistent: bool = False) -> Consents:
        """What a resident chose."""
        item = self._table.get(consents_partition(community), resident, consistent=consistent)
        return stored_consents(item, community) if item else Consents(community, resident)

    def get_many(self, community: str, residents: Sequence[str]) -> list[Consents]:
        """What several residents chose."""
        if not residents:
            return []
        found = self._table.get_many([(consents_partition(community), resident) for resident in residents])
        known = {item["sk"]: stored_consents(item, community) for item in found}
        return [known.get(resident, Consents(community, resident)) for resident in residents]

    def put(self, consents: Consents, *, what: Choice | str, at: int, by: str) -> None:
        """Write the next version beside the line that tells what changed. Raises ConflictError."""
        line: Item = {
            "pk": _history(consents.community, consents.resident),
            "sk": f"{consents.version:06d}",
            "at": at,
            "by": by,
            **({"proxy": what} if isinstance(what, str) else {"choice": _choice_item(what)}),
        }
        expect = {"version": consents.version - 1} if consents.version > 1 else NEW
        try:
            self._table.write_all([Put(_item(consents), expect), Put(line, NEW), _closing(consents)])
        except ExpectationError as error:
            raise ConflictError("These consents were changed just now; read them again.") from error

    def history(self, community: str, resident: str) -> list[Item]:
        """Every change, oldest first, as plain values."""
        items = every_item(self._table, Ask(_history(community, resident)))
        return [{k: v for k, v in item.items() if k not in ("pk", "sk")} for item in items]

    def water_closed_to_staff(self, community: str) -> list[str]:
        """Who took back from staff the water that the agreement opens to them."""
        return [item["sk"] for item in every_item(self._table, Ask(_closed(community)))]

    def end(self, community: str, resident: str) -> None:
        """Nothing that a resident chose holds any more, and nobody chooses for them; the history stays."""
        self._table.write(Delete(consents_partition(community), resident))
        self._table.write(Delete(_closed(community), resident))

    def remove(self, community: str, resident: str) -> None:
        """Forget all that a resident chose. Again changes nothing."""
        for item in every_item(self._table, Ask(_history(community, resident))):
            self._table.write(Delete(item["pk"], item["sk"]))
        self.end(community, resident)


def _closing(consents: Consents) -> Put | Delete:
    """What tells that somebody closed their water to staff, without a look at everybody."""
    key = _closed(consents.community), consents.resident
    return Put({"pk": key[0], "sk": key[1]}) if consents.closes_water else Delete(*key)


def _closed(community: str) -> str:
    return f"water-closed-to-staff#{community}"


def consents_partition(community: str) -> str:
    """The partition of what a community's residents chose, by resident."""
    return f"consents#{community}"


def _history(community: str, resident: str) -> str:
    return f"consent-history#{community}#{resident}"


def _item(consents: Consents) -> Item:
    return {
        "pk": consents_partition(consents.community),
        "sk": consents.resident,
        "choices": [_choice_item(choice) for choice in consents.choices.values()],
        "proxy": consents.proxy,
        "version": consents.version,
    }


def _choice_item(choice: Choice) -> Item:
    return {
        "kind": choice.kind.value,
        "audience": choice.audience.value,
        "granted": choice.granted,
        "at": epoch(choice.at),
        "given_by": choice.given_by,
        "recorded_by": choice.recorded_by,
        "how": choice.how.value,
    }


@remembered
def stored_consents(item: Item, community: str) -> Consents:
    """What a resident chose, out of the store."""
    choices = [_choice(stored) for stored in item["choices"]]
    return Consents(
        community=community,
        resident=item["sk"],
        choices={(choice.kind, choice.audience): choice for choice in choices},
        proxy=item["proxy"],
        version=item["version"],
    )


def _choice(item: Item) -> Choice:
    return Choice(
        DataKind(item["kind"]), Audience(item["audience"]), item["granted"], from_epoch(item["at"]),
        item["given_by"], item["recorded_by"], How(item["how"]),
    )  # fmt: skip
