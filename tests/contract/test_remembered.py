"""What was made of an item stands as long as the item reads the same, and not a write longer."""

from dataclasses import dataclass

from chalicelib.aws.items import Item
from chalicelib.aws.remembered import MOST, Remembered, remembered


@dataclass(frozen=True)
class Thing:
    name: str
    tags: tuple[str, ...]


@remembered
def thing(item: Item, suffix: str = "") -> Thing:
    return Thing(item["name"] + suffix, tuple(item["tags"]))


def item(name: str = "a", *tags: str, sk: str = "1") -> Item:
    return {"pk": "things", "sk": sk, "name": name, "tags": list(tags)}


def test_the_same_item_read_again_makes_nothing_new() -> None:
    assert thing(item("a", "x")) is thing(item("a", "x"))


def test_any_change_is_seen_at_once_and_back_again() -> None:
    assert thing(item("a", "x")).tags == ("x",)
    assert thing(item("a", "x", "y")).tags == ("x", "y")
    assert thing(item("b", "x", "y")).name == "b"
    assert thing(item("a", "x")) == Thing("a", ("x",))


def test_what_it_was_made_for_counts_too() -> None:
    assert [thing(item(), "!").name, thing(item(), "?").name, thing(item()).name] == ["a!", "a?", "a"]


def test_memory_is_bounded() -> None:
    kept: Remembered[int] = Remembered(most=3)
    made: list[int] = []

    def make(number: int) -> int:
        made.append(number)
        return number

    for number in (1, 2, 3, 3, 4, 1):
        assert kept.of(number, "told", lambda n=number: make(n)) == number  # type: ignore[misc]
    assert made == [1, 2, 3, 4, 1]
    first = thing(item(sk="first"))
    for number in range(MOST):
        thing(item(sk=f"n{number}"))
    assert thing(item(sk="first")) == first
