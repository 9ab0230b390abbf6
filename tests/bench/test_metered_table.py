"""The bench's own meter counts what the botocore meter counts when the real table's code does the same."""

from collections import Counter
from collections.abc import Iterator

import botocore.session
import pytest
from moto import mock_aws
from pynamodb.connection import Connection

from chalicelib.aws.items import Item
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES
from chalicelib.aws.tables import NEW, Add, Ask, Delete, DynamoTable, ExpectationError, Put, Table
from infra.aws.meter import Kind, Meter
from infra.aws.moto_tables import MotoTables
from infra.aws.request_units import Index
from tests.bench.metered import Bill, MeteredTable, indexes_of

REGION = "us-east-1"


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Table, Meter]]:
    """The real table's code on moto, with the botocore meter."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        botocore.session.get_session().create_client("dynamodb", REGION).create_table(
            TableName=DEADLINES.name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=_keys("pk", "sk"),
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": DEADLINES.key_type(key)}
                for key in {"pk", "sk", *(k for i in indexes_of(DEADLINES) for k in i.keys)}
            ],
            GlobalSecondaryIndexes=[
                {"IndexName": index.name, "KeySchema": _keys(*index.keys), "Projection": _projection(index)}
                for index in indexes_of(DEADLINES)
            ],
        )
        connection = Connection(region=REGION)
        meter = Meter(MotoTables(REGION))
        meter.attach(connection.client)
        yield DynamoTable(DEADLINES.name, DEADLINES, connection), meter


def test_both_meters_agree_on_every_kind_of_call(real: tuple[Table, Meter]) -> None:
    table, meter = real
    bill = Bill()
    use(table)
    use(MeteredTable(MemoryTable(DEADLINES), bill, "test"))
    for kind, counted in ((Kind.READ, bill.reads), (Kind.WRITE, bill.writes)):
        expected: Counter[str] = Counter()
        for charge, units in meter.units.items():
            if charge.kind is kind:
                where = charge.table + (f"/{charge.index_name}" if charge.index_name else "")
                expected[where] += units  # type: ignore[assignment]  # halves
        assert {charge.where: units for charge, units in counted.items()} == dict(expected)


def use(table: Table) -> None:
    """A bit of everything: what is small and large, there and not, refused and done."""
    table.write(Put(armed("a", 100)))
    table.write(Put(armed("a", 200), {"due_at": 100}))
    for put in (Put(armed("a", 300, note="x" * 3000), NEW), Put(armed("a", 300), {"due_at": 100})):
        with pytest.raises(ExpectationError):
            table.write(put)
    table.write(Put(armed("a", 200, state="other")))
    table.write(Put(armed("b", 150, note="雨" * 1000)))
    table.write_all([Put(armed("c", 120), NEW), Delete("p", "b"), Add("p", "count", {"n": 1})])
    with pytest.raises(ExpectationError):
        table.write_all([Put(armed("d", 120), NEW), Put(armed("a", 1), NEW)])
    table.write(Add("p", "count", {"n": 41}))
    table.write(Delete("p", "nobody"))
    table.put_many([listed(n) for n in range(30)])
    look(table)


def look(table: Table) -> None:
    """Reads of what `use` left."""
    table.get("p", "a")
    table.get("p", "a", consistent=True)
    table.get("p", "nobody")
    table.get_many([("p", "a"), ("p", "c"), ("p", "nobody"), ("p", "a")])
    table.query(Ask("p", consistent=True))
    table.query(Ask("nobody"))
    table.query(Ask("due#0", by="due", last=180))
    table.query(Ask("due#0", by="due", first=1000))
    page = table.query(Ask("xinghe#open", by="alarms", newest_first=True, limit=4))
    table.query(Ask("xinghe#open", by="alarms", newest_first=True, limit=4, after=page.after))


def armed(sk: str, due_at: int, **more: str) -> Item:
    """Something that waits."""
    return {"pk": "p", "sk": sk, "due": "due#0", "due_at": due_at, "state": "s", **more}


def listed(number: int) -> Item:
    """Something in the other index, of a kilobyte and more."""
    return {
        "pk": f"alarm#{number}",
        "sk": "alarm",
        "listing": "xinghe#open",
        "listed_at": f"{number:03}",
        "evidence": {"used_litres": number, "notes": ["x" * 1000]},
    }


def _keys(*names: str) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, kinds, strict=True)]


def _projection(index: Index) -> dict[str, object]:
    if index.projected is None:
        return {"ProjectionType": "ALL"}
    return {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(index.projected)}
