"""Importing a community of 5,000 homes and 12,500 people into the embedded cloud's DynamoDB.

What is timed is what `shouwang import` does: reading the file's text, what is stored already, checking every
row, and writing. People, their kin and their notes are invented by a seed.
"""

import random
import tempfile
import time
from pathlib import Path

from pynamodb.connection import Connection

from chalicelib import wiring
from chalicelib.aws.connecting import named
from chalicelib.aws.schema import AUDIT, DEADLINES, QUARANTINE, REGISTRY, SERIES, WITNESS, TableSchema
from chalicelib.aws.tables import DynamoTable
from chalicelib.registry.model import Community
from chalicelib.registry.sheets import csv_rows
from chalicelib.wiring import Ground
from infra.commands.importing import take_in_homes
from infra.embedded.cloud import OPERATOR_KEY, EmbeddedCloud
from infra.embedded.process import REGION
from infra.stack import DEFAULT_HOME
from tests.contract.tables import definition

Figures = dict[str, float | str]
HOMES, PEOPLE = 5000, 12_500
TITLES = "户号,网格,楼栋,地址,姓名,电话,出生日期,类别,标签,同意日期,亲属1,亲属1电话,亲属1关系,健康备注,用药"
SURNAMES, GIVEN = "王李张刘陈杨黄赵周吴曾解单仇", "桂英秀兰建国志强淑珍玉梅海燕晓东文博"
CATEGORIES = ("高龄", "空巢", "独居", "残疾", "低收入", "特殊困难")


def table(seed: int = 1) -> str:
    """The file's text."""
    chance = random.Random(seed)
    rows = [TITLES]
    for n in range(PEOPLE):
        home = n if n < HOMES else chance.randrange(HOMES)
        grid, building = f"g{home % 77 + 1}", f"{home % 400 + 1}号楼"
        name = chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, 2)) + chr(0x4E00 + n % 5000)
        categories = "；".join(chance.sample(CATEGORIES, chance.randint(1, 2)))
        kin = f"{name[0]}{chance.choice(GIVEN)},139{n:08d},女儿" if n % 2 else ",,"
        care = "糖尿病,二甲双胍 | 0.5 g | 早晚" if n % 5 == 0 else ","
        place = f"h{home:04d},{grid},{building},星禾里 {building} {home % 30 + 1}01 室"
        rows.append(
            f"{place},{name},138{n:08d},{1935 + n % 30}-05-02,{categories},听力弱,2026-01-03,{kin},{care}"
        )
    return "\n".join(rows)


def importing_figures() -> Figures:
    """People imported per second; and importing the same once more, which writes nothing."""
    with tempfile.TemporaryDirectory() as home, EmbeddedCloud(Path(home), shared=DEFAULT_HOME) as cloud:
        cloud.start()
        wiring.use(_ground(cloud))
        try:
            raw = table().encode("gb18030")
            first, again = _seconds(raw), _seconds(raw)
        finally:
            wiring.use(None)
    return {
        "import_people_per_second": round(PEOPLE / first),
        "detail_import_seconds": round(first, 1),
        "detail_import_again_seconds": round(again, 1),
    }


def _seconds(raw: bytes) -> float:
    began = time.perf_counter()
    summary = take_in_homes(
        wiring.registry.intake(), Community("bench", "量一量"), csv_rows(raw), dry_run=False
    )
    seconds = time.perf_counter() - began
    if summary["errors"] or sum(summary["residents"].values()) != PEOPLE:
        raise RuntimeError(f"The bench's own table wasn't taken in: {summary['errors'][:3]}")
    return seconds


def _ground(cloud: EmbeddedCloud) -> Ground:
    client = cloud.client("dynamodb")
    connection = Connection(region=REGION, host=client.meta.endpoint_url)
    connection.session.set_credentials(OPERATOR_KEY, OPERATOR_KEY)
    named(connection)

    def made(schema: TableSchema) -> DynamoTable:
        client.create_table(**definition(f"bench-{schema.name}", schema))
        return DynamoTable(f"bench-{schema.name}", schema, connection)

    return Ground(
        made(REGISTRY),
        made(SERIES),
        made(DEADLINES),
        made(QUARANTINE),
        made(AUDIT),
        made(WITNESS),
        token_key="unused",
    )
