"""Any community, for properties: names and notes of any characters that may be stored."""

from hypothesis import strategies as st

from chalicelib.registry.care import Care, Medicine
from chalicelib.registry.importing import Known
from chalicelib.registry.model import Category, Household, Resident
from tests.builders import home

_CHARS = st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"], exclude_characters=",;、，；#|｜'")
NAMES = st.text(_CHARS, min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
NOTES = st.text(_CHARS, max_size=40)
PHONES = st.sampled_from(["", "+8613800000001", "+869311234567", "+34965123456"])


@st.composite
def known_communities(draw: st.DrawFn) -> Known:
    """Up to three homes with up to two residents each."""
    homes: dict[str, Household] = {}
    residents: dict[str, Resident] = {}
    care: dict[str, Care] = {}
    for n in range(draw(st.integers(1, 3))):
        place = home(f"h{n}", name=draw(NAMES), building=draw(NOTES), address=draw(NOTES))
        homes[place.id] = place
        for m in range(draw(st.integers(0, 2))):
            one = Resident(
                f"r{n}-{m}", "xinghe", place.id, draw(NAMES), draw(PHONES),
                categories=draw(st.frozensets(st.sampled_from(Category))),
                tags=tuple(draw(st.lists(NAMES, unique=True, max_size=3))),
                born=draw(st.none() | st.dates()),
                agreed_on=draw(st.none() | st.dates()), agreed_by=draw(NOTES),
            )  # fmt: skip
            residents[one.id] = one
            medicine = Medicine(draw(NAMES), draw(NOTES), draw(NOTES))
            noted = Care(
                "xinghe", one.id, draw(NOTES), (medicine,) if draw(st.booleans()) else (), draw(NOTES)
            )
            care |= {} if noted.is_empty else {one.id: noted}
    return Known("xinghe", homes, residents, care=care)


TABLES = known_communities()
