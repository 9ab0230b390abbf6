"""The rule over whole histories: the founding figure, and files that can't be read."""

from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.kernel.clock import rfc3339
from infra.histories import HistoryError, histories
from infra.judge import judge, judge_file

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "alicante_water" / "readings.csv.gz"
HEADER = "household,read_at,register_litres\n"


@pytest.mark.skipif(not DATA.exists(), reason="the real meters' data is not beside this checkout")
def test_the_founding_rule_on_real_meters() -> None:
    found = judge_file(DATA)
    assert sum(map(len, found.alarms.values())) == 2153
    first = found.alarms["H46"][0]
    assert (rfc3339(first.at), first.used_litres) == ("2016-03-02T21:15:38Z", 6)


def test_a_small_history_by_hand(tmp_path: Path) -> None:
    """Quiet from 01:00 on, so an alarm at 13:00; rows unsorted, one twice, times in two zones."""
    rows = [f"h1,2026-01-15T{hour:02}:00:00Z,{1000 + 50 * (hour > 0)}" for hour in range(1, 16)]
    rows.append("h1,2026-01-15T08:00:00+08:00,1000")
    file = tmp_path / "readings.csv"
    file.write_text(HEADER + "\n".join([*reversed(rows), rows[0]]) + "\n")
    found = judge_file(file, every=timedelta(hours=1))
    assert [rfc3339(spell.at) for spell in found.alarms["h1"]] == ["2026-01-15T13:00:00Z"]
    assert found.still_inactive == ["h1"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("home,at,litres\n", "lacks the column household, read_at, register_litres"),
        (HEADER + "h1,yesterday,5\n", "line 2"),
        (HEADER + "h1,2026-01-15T01:00:00,5\n", "no time zone"),
        (HEADER + "h1,2026-01-15T01:00:00Z,5.5\n", "line 2"),
        (HEADER + "h1,2026-01-15T01:00:00Z\n", "line 2"),
        (HEADER + "x" * 200_000 + "\n", "can't be read"),
    ],
    ids=["columns", "time", "zone", "litres", "short row", "endless field"],
)
def test_what_can_t_be_read_is_said_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "readings.csv"
    file.write_text(text)
    with pytest.raises(HistoryError, match=says):
        histories(file)


def test_a_missing_file_and_one_that_is_no_gzip(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="There is no file"):
        histories(tmp_path / "none.csv")
    (tmp_path / "odd.csv.gz").write_bytes(b"plain")
    with pytest.raises(HistoryError, match="can't be read"):
        histories(tmp_path / "odd.csv.gz")


def test_no_homes_no_alarms() -> None:
    from chalicelib.watch.still_water import StillWater

    assert judge({}, rule=StillWater(), every=timedelta(hours=1)).as_json()["alarms"] == []
