"""Finding residents: by the narrowest index, and by what its items show for the rest. Never a scan."""

from dataclasses import dataclass

from chalicelib.aws.items import Item
from chalicelib.aws.tables import Page
from chalicelib.kernel.errors import RefusedError
from chalicelib.registry.finding import Hit, folded
from chalicelib.registry.model import Category
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.store import RegistryStore

MOST_PAGES = 5
"""Queries for one answer: where few match, it comes back with fewer and a cursor."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is looked for; empty for all."""

    name: str = ""
    building: str = ""
    tag: str = ""
    category: Category | None = None

    def __post_init__(self) -> None:
        for text, pointer in ((self.name, "/name"), (self.building, "/building"), (self.tag, "/tag")):
            if text and not folded(text):
                raise RefusedError(
                    f"'{text}' holds nothing to look for.", pointer=pointer, zh=f"“{text}”里没有可查的内容。"
                )

    @property
    def scope(self) -> str:
        """A name for this search: a cursor of one is of no use in another."""
        return "/".join((folded(self.name), folded(self.building), folded(self.tag), self.category or ""))

    def fits(self, hit: Hit) -> bool:
        """Whether a resident, found by the narrowest of these, is meant by the others, too."""
        return (
            folded(hit.building).startswith(folded(self.building))
            and (not self.tag or folded(self.tag) in map(folded, hit.tags))
            and (self.category is None or self.category in hit.categories)
        )


class Search:
    """Looks residents up."""

    def __init__(self, residents: ResidentStore, registry: RegistryStore) -> None:
        self._residents = residents
        self._registry = registry

    def page(
        self, community: str, wanted: Wanted, *, limit: int, after: Item | None
    ) -> tuple[list[Hit], Item | None]:
        """Up to `limit` residents, and where to go on, if there may be more."""
        found: list[Hit] = []
        for _ in range(MOST_PAGES):
            hits, page = self._ask(community, wanted, limit - len(found), after)
            found += [hit for hit in hits if wanted.fits(hit)]
            after = page.after
            if after is None or len(found) >= limit:
                break
        return found, after

    def _ask(self, community: str, wanted: Wanted, limit: int, after: Item | None) -> tuple[list[Hit], Page]:
        if wanted.name:
            return self._residents.named(community, folded(wanted.name), limit=limit, after=after)
        if tag := folded(wanted.tag) or wanted.category:
            return self._residents.tagged(community, tag, limit=limit, after=after)
        if wanted.building:
            return self._residents.in_building(community, folded(wanted.building), limit=limit, after=after)
        return self._everyone(community, limit, after)

    def _everyone(self, community: str, limit: int, after: Item | None) -> tuple[list[Hit], Page]:
        residents, page = self._residents.page(community, limit=limit, after=after)
        homes = self._registry.some_households(community, sorted({one.household for one in residents}))
        return [
            Hit(
                one.id, one.name, one.household, homes[one.household].building, homes[one.household].grid,
                tuple(sorted(one.categories)), one.tags,
            )
            for one in residents
            if one.household in homes
        ], page  # fmt: skip
