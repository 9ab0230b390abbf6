"""The meter on moto's DynamoDB, operation by operation, through botocore and through PynamoDB."""

import os
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import botocore.exceptions
import botocore.session
import pytest
from moto import mock_aws
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from infra.aws.meter import Charge, Kind, Meter
from infra.aws.moto_tables import MotoTables
from infra.aws.quick_moto import quick_moto

REGION = "us-east-1"
KINDS = ("HASH", "RANGE")


@pytest.fixture(params=["moto", "quick"])
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setitem(os.environ, name, "testing")
    with mock_aws(), quick_moto() if request.param == "quick" else nullcontext():
        client = botocore.session.get_session().create_client("dynamodb", REGION)
        make_table(client)
        yield client


@pytest.fixture
def meter(client: Any) -> Meter:
    meter = Meter(MotoTables(REGION))
    meter.attach(client)
    return meter


def key_schema(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, KINDS, strict=True)]


def make_table(client: Any) -> None:
    typed = {"pk": "S", "sk": "S", "due": "S", "due_at": "N"}
    client.create_table(
        TableName="Deadlines",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=key_schema("pk", "sk"),
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in typed.items()],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "due",
                "KeySchema": key_schema("due", "due_at"),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["state"]},
            }
        ],
    )


def item(sk: str, **more: Any) -> dict[str, Any]:
    return {"pk": {"S": "h001"}, "sk": {"S": sk}, **more}


def armed(sk: str, due_at: int, **more: Any) -> dict[str, Any]:
    return item(sk, due={"S": "due#0"}, due_at={"N": str(due_at)}, **more)


def padding(size: int) -> dict[str, str]:
    return {"S": "x" * size}


def fill(client: Any, meter: Meter, *items: dict[str, Any]) -> None:
    for each in items:
        client.put_item(TableName="Deadlines", Item=each)
    meter.reset()


def test_put_charges_the_table_and_the_index_apart(client: Any, meter: Meter) -> None:
    client.put_item(TableName="Deadlines", Item=armed("a", 100, note=padding(2_000)))
    assert dict(meter.units) == {
        Charge("Deadlines", None, "PutItem", Kind.WRITE): 2,
        Charge("Deadlines", "due", "PutItem", Kind.WRITE): 1,
    }
    assert (meter.write_units("Deadlines"), meter.read_units(), meter.calls["PutItem"]) == (3, 0, 1)


def test_put_over_a_larger_item_costs_the_larger(client: Any, meter: Meter) -> None:
    fill(client, meter, item("a", note=padding(3_000)))
    client.put_item(TableName="Deadlines", Item=item("a"))
    assert meter.write_units() == 3


def test_update_sees_before_and_after(client: Any, meter: Meter) -> None:
    fill(client, meter, armed("a", 100, note=padding(1_500)))
    client.update_item(
        TableName="Deadlines",
        Key=item("a"),
        UpdateExpression="SET due_at = :later",
        ExpressionAttributeValues={":later": {"N": "200"}},
    )
    assert dict(meter.units) == {
        Charge("Deadlines", None, "UpdateItem", Kind.WRITE): 2,
        Charge("Deadlines", "due", "UpdateItem", Kind.WRITE): 2,
    }


def test_update_in_place_of_lists_and_sets_is_seen(client: Any, meter: Meter) -> None:
    fill(client, meter, item("a", events={"L": [padding(900)]}, who={"SS": ["a"]}))
    client.update_item(
        TableName="Deadlines",
        Key=item("a"),
        UpdateExpression="SET events = list_append(events, :more) ADD who :new",
        ExpressionAttributeValues={":more": {"L": [padding(900)]}, ":new": {"SS": ["b" * 300]}},
    )
    assert meter.write_units() == 3


def test_update_that_makes_the_item(client: Any, meter: Meter) -> None:
    client.update_item(
        TableName="Deadlines",
        Key=item("a"),
        UpdateExpression="SET due = :due, due_at = :at",
        ExpressionAttributeValues={":due": {"S": "due#0"}, ":at": {"N": "1"}},
    )
    assert meter.write_units() == 2


def test_delete_costs_what_was_there(client: Any, meter: Meter) -> None:
    fill(client, meter, armed("a", 100, note=padding(1_500)))
    client.delete_item(TableName="Deadlines", Key=item("a"))
    client.delete_item(TableName="Deadlines", Key=item("never there"))
    assert meter.write_units() == 2 + 1 + 1


def test_batch_write_rounds_each_item(client: Any, meter: Meter) -> None:
    """The guide: 500 bytes and 3.5 KB are 5 units, not 4."""
    fill(client, meter, item("old", note=padding(1_500)))
    requests = [
        {"PutRequest": {"Item": item(sk, note=padding(size))}} for sk, size in (("a", 480), ("b", 3_500))
    ]
    client.batch_write_item(RequestItems={"Deadlines": [*requests, {"DeleteRequest": {"Key": item("old")}}]})
    assert meter.write_units("Deadlines", "BatchWriteItem") == 5 + 2


def test_gets(client: Any, meter: Meter) -> None:
    fill(client, meter, item("a", note=padding(5_000)))
    client.get_item(TableName="Deadlines", Key=item("a"), ProjectionExpression="pk")
    assert meter.read_units() == 1
    client.get_item(TableName="Deadlines", Key=item("a"), ConsistentRead=True)
    assert meter.read_units() == 1 + 2
    client.get_item(TableName="Deadlines", Key=item("never there"))
    assert (meter.read_units(operation="GetItem"), meter.write_units()) == (3.5, 0)


def test_batch_get_rounds_each_item_and_pays_for_the_missing(client: Any, meter: Meter) -> None:
    fill(client, meter, item("a", note=padding(1_500)), item("b", note=padding(6_600)))
    keys = [item("a"), item("b"), item("never there")]
    client.batch_get_item(RequestItems={"Deadlines": {"Keys": keys, "ConsistentRead": True}})
    assert meter.read_units("Deadlines", "BatchGetItem") == 1 + 2 + 1


def test_query_adds_up_what_it_evaluated(client: Any, meter: Meter) -> None:
    fill(client, meter, *(item(f"{n}", note=padding(1_000), n={"N": str(n)}) for n in range(9)))
    asked: dict[str, Any] = {
        "TableName": "Deadlines",
        "KeyConditionExpression": "pk = :home",
        "ExpressionAttributeValues": {":home": {"S": "h001"}},
    }
    client.query(**asked)
    assert meter.read_units() == 1.5, "9 items of 1,015 bytes are 12 KB"
    filtered = {**asked["ExpressionAttributeValues"], ":three": {"N": "3"}}
    meter.reset()
    few = client.query(
        **{**asked, "ExpressionAttributeValues": filtered},
        FilterExpression="#n = :three",
        ExpressionAttributeNames={"#n": "n", "#p": "pk"},
        ProjectionExpression="#p",
    )
    assert (few["Count"], meter.read_units()) == (1, 1.5)
    client.query(**asked, Select="COUNT", ConsistentRead=True)
    assert meter.read_units() == 1.5 + 3
    meter.reset()
    client.query(**asked, Limit=2)
    client.query(**{**asked, "ExpressionAttributeValues": {":home": {"S": "nobody"}}})
    assert meter.read_units("Deadlines", "Query") == 0.5 + 0.5


def test_query_of_an_index_reads_its_entries_only(client: Any, meter: Meter) -> None:
    fill(client, meter, *(armed(f"{n}", n, state={"S": "armed"}, note=padding(4_000)) for n in range(5)))
    found = client.query(
        TableName="Deadlines",
        IndexName="due",
        KeyConditionExpression="due = :shard AND due_at <= :now",
        ExpressionAttributeValues={":shard": {"S": "due#0"}, ":now": {"N": "2"}},
    )
    assert [entry["sk"]["S"] for entry in found["Items"]] == ["0", "1", "2"]
    assert dict(meter.units) == {Charge("Deadlines", "due", "Query", Kind.READ): 0.5}


def test_scan_pays_for_what_it_passes_over(client: Any, meter: Meter) -> None:
    fill(client, meter, *(item(f"{n}", note=padding(1_000)) for n in range(9)))
    none = {":none": {"S": "none"}}
    client.scan(TableName="Deadlines", FilterExpression="sk = :none", ExpressionAttributeValues=none)
    assert meter.read_units("Deadlines", "Scan") == 1.5


def part(operation: str, **body: Any) -> dict[str, Any]:
    return {operation: {"TableName": "Deadlines", **body}}


def transaction() -> list[dict[str, Any]]:
    later = {":x": {"N": "200"}}
    return [
        part("Put", Item=armed("new", 1)),
        part("Update", Key=item("a"), UpdateExpression="SET due_at = :x", ExpressionAttributeValues=later),
        part("Delete", Key=item("b")),
        part("ConditionCheck", Key=item("c"), ConditionExpression="attribute_exists(pk)"),
    ]


def test_a_transaction_doubles_the_table_not_its_indexes(client: Any, meter: Meter) -> None:
    fill(client, meter, armed("a", 100), item("b", note=padding(1_500)), item("c", note=padding(1_500)))
    client.transact_write_items(TransactItems=transaction())
    assert dict(meter.units) == {
        Charge("Deadlines", None, "TransactWriteItems", Kind.WRITE): 2 * (1 + 1 + 2 + 2),
        Charge("Deadlines", "due", "TransactWriteItems", Kind.WRITE): 1 + 2,
    }


def test_a_cancelled_transaction_changes_nothing_and_costs(client: Any, meter: Meter) -> None:
    fill(client, meter, armed("a", 100), item("b", note=padding(1_500)))
    with pytest.raises(botocore.exceptions.ClientError, match="TransactionCanceled"):
        client.transact_write_items(TransactItems=transaction())
    assert meter.write_units() == 2 * (1 + 1 + 2 + 1)
    left = client.scan(TableName="Deadlines")["Items"]
    assert [(each["sk"]["S"], each.get("due_at")) for each in left] == [("a", {"N": "100"}), ("b", None)]


def test_transact_get(client: Any, meter: Meter) -> None:
    fill(client, meter, item("a", note=padding(5_000)))
    gets = [part("Get", Key=item(sk)) for sk in ("a", "never there")]
    client.transact_get_items(TransactItems=gets)
    assert meter.read_units("Deadlines", "TransactGetItems") == 4 + 2


def test_a_refused_condition_costs_and_a_bad_request_does_not(client: Any, meter: Meter) -> None:
    fill(client, meter, armed("a", 1, note=padding(1_500)))
    with pytest.raises(botocore.exceptions.ClientError, match="ConditionalCheckFailed"):
        client.put_item(
            TableName="Deadlines", Item=armed("a", 2), ConditionExpression="attribute_not_exists(pk)"
        )
    assert dict(meter.units) == {Charge("Deadlines", None, "PutItem", Kind.WRITE): 2}
    with pytest.raises(botocore.exceptions.ClientError):
        client.put_item(TableName="NoSuchTable", Item=item("a"))
    assert meter.write_units() == 2


class Series(Model):
    class Meta:
        table_name = "Deadlines"
        region = REGION

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    litres = NumberAttribute()


def test_pynamodb_is_metered_from_its_first_call(client: Any) -> None:
    meter = Meter(MotoTables(REGION))
    with meter.everywhere():
        Series._connection = None
        with Series.batch_write() as batch:
            for n in range(30):
                batch.save(Series("h001#2026-01-15", f"{n:04}", litres=n))
        assert [each.litres for each in Series.query("h001#2026-01-15", Series.sk < "0002")] == [0, 1]
    assert (meter.write_units("Deadlines"), meter.read_units(), meter.calls["BatchWriteItem"]) == (30, 0.5, 2)
    Series._connection = None


def test_quick_tables_answer_as_motos_own(client: Any) -> None:
    for home in ("h001", "h002", "h003"):
        for n in range(12):
            due = {"due": {"S": f"due#{n % 2}"}, "due_at": {"N": str(n * 7 % 5)}} if n % 3 else {}
            client.put_item(TableName="Deadlines", Item={**item(f"{n:02}", **due), "pk": {"S": home}})
    asked: dict[str, Any] = {
        "TableName": "Deadlines",
        "KeyConditionExpression": "pk = :p AND sk BETWEEN :a AND :b",
        "ExpressionAttributeValues": {":p": {"S": "h002"}, ":a": {"S": "03"}, ":b": {"S": "09"}},
    }
    newest = client.query(**asked, ScanIndexForward=False, Limit=3)
    assert [each["sk"]["S"] for each in newest["Items"]] == ["09", "08", "07"]
    rest = client.query(**asked, ScanIndexForward=False, ExclusiveStartKey=newest["LastEvaluatedKey"])
    assert [each["sk"]["S"] for each in rest["Items"]] == ["06", "05", "04", "03"]
    due = client.query(
        TableName="Deadlines",
        IndexName="due",
        KeyConditionExpression="due = :s AND due_at < :t",
        ExpressionAttributeValues={":s": {"S": "due#1"}, ":t": {"N": "2"}},
    )
    assert [each["due_at"]["N"] for each in due["Items"]] == ["0", "0", "0"]
