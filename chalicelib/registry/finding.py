"""Under which words a resident is found, and the small items that make it so.

They hold what a list shows, as one text, and nothing more. A name is found by its beginning, by the given
name alone, and by the pinyin initials of both; a building by its beginning; a tag or category as a whole.
Everything is made of the resident and the home, so that what was made before can be worked out and removed.
"""

import json
import re
import unicodedata
from dataclasses import dataclass

from chalicelib.aws.items import Item
from chalicelib.registry.model import Category, Household, Resident
from chalicelib.registry.pinyin import initials, is_chinese

END = "\U0010ffff"
"""Follows every text that begins with a prefix."""
MOST_TERMS = 10
_SPACES = re.compile(r"[\s#]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """What a list shows of a resident."""

    id: str
    name: str
    household: str
    building: str
    grid: str
    categories: tuple[Category, ...] = ()
    tags: tuple[str, ...] = ()


def folded(text: str) -> str:
    """A text as it is compared: full-width letters made narrow, case, accents and blanks left out."""
    narrow = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in narrow if not unicodedata.combining(char))
    return _SPACES.sub("", unicodedata.normalize("NFC", plain))


def terms(name: str) -> list[str]:
    """The words under which a name is found, each once."""
    given = name[1:] if len(name) > 2 and is_chinese(name[0]) else name.partition(" ")[2]
    found = [folded(name), folded(given)]
    for letters in initials(name):
        found += [letters, letters[1:] if len(letters) > 2 else ""]
    return [term for term in dict.fromkeys(found) if term][:MOST_TERMS]


def hit_items(resident: Resident, home: Household) -> list[Item]:
    """The items by which a resident is found."""
    shown = json.dumps(
        [
            resident.name, resident.household, home.building, home.grid,
            sorted(resident.categories), resident.tags,
        ],
        ensure_ascii=False, separators=(",", ":"),
    )  # fmt: skip
    community = resident.community
    keys = [(names_key(community, term), term) for term in terms(resident.name)]
    keys += [(buildings_key(community), building)] if (building := folded(home.building)) else []
    keys += [
        (tag_key(community, tag), "") for tag in sorted({*resident.categories, *map(folded, resident.tags)})
    ]
    return [{"pk": pk, "sk": f"{word}#{resident.id}", "shown": shown} for pk, word in keys]


def hit(item: Item) -> Hit:
    """What a list shows, from such an item."""
    name, household, building, grid, categories, tags = json.loads(item["shown"])
    return Hit(
        id=item["sk"].rpartition("#")[2],
        name=name,
        household=household,
        building=building,
        grid=grid,
        categories=tuple(Category(one) for one in categories),
        tags=tuple(tags),
    )


def is_first(item: Item, prefix: str) -> bool:
    """Whether this is the first of a resident's items for a name's beginning, so that each is shown once."""
    term = item["sk"].rpartition("#")[0]
    return bool(term == min(other for other in terms(hit(item).name) if other.startswith(prefix)))


def names_key(community: str, term: str) -> str:
    """The partition of names, and initials, that begin as `term` does."""
    return f"names#{community}#{term[0]}"


def buildings_key(community: str) -> str:
    """The partition of residents by building."""
    return f"buildings#{community}"


def tag_key(community: str, tag: str) -> str:
    """The partition of residents with a tag or category."""
    return f"tags#{community}#{tag}"
