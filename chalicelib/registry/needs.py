"""What a resident is in need of, and what they want: categories, tags, kin and wishes. Pure."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, count

from chalicelib.kernel.errors import ConflictError, RefusedError
from chalicelib.kernel.ids import digest, is_id

_PHONE = re.compile(r"\+[1-9][0-9]{5,14}")
LONGEST_RELATION = 20
"""Characters."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DIVIDERS = frozenset(",;、，；\n#")
MOST_TAGS = 12
MOST_KIN = 10
LONGEST_NAME = 60


class Category(StrEnum):
    """Why somebody is looked after. People in need are not only old."""

    ADVANCED_AGE = "advanced_age"
    EMPTY_NEST = "empty_nest"
    LIVING_ALONE = "living_alone"
    DISABLED = "disabled"
    LOW_INCOME = "low_income"
    SPECIAL_HARDSHIP = "special_hardship"


class Wish(StrEnum):
    """Whether a relative may be called. In severity 1 they are called in any case, and that is told."""

    CALL = "call"
    DO_NOT_CALL = "do_not_call"


@dataclass(frozen=True, slots=True)
class Kin:
    """A resident's relative or emergency contact: who (by a person's id), what they are to the resident, and
    what the resident wishes.
    """

    person: str
    relation: str = ""
    wish: Wish = Wish.CALL
    note: str = ""

    def __post_init__(self) -> None:
        if not is_id(self.person):
            raise RefusedError(
                f"'{self.person}' is no person's id.", pointer="/kin", zh=f"“{self.person}”不是人员编号。"
            )
        must_be_text(self.relation, "A relation", most=LONGEST_RELATION, pointer="/kin")
        must_be_text(self.note, "A wish's note", most=200, pointer="/kin")


class InUseError(ConflictError):
    """It can't be removed while others need it; the text says who."""

    code = "in_use"


class ReservedError(ConflictError):
    """The id was a resident's who was removed, and waits for their erasure."""

    code = "id_reserved"

    def __init__(self, resident: str) -> None:
        super().__init__(
            f"'{resident}' was somebody's who was removed; take another id, or have them erased first.",
            zh=f"编号“{resident}”属于已移除的居民：请换一个编号，或先将其信息彻底删除。",
        )


def new_id(community: str, household: str, name: str, is_reserved: Callable[[str], bool]) -> str:
    """An id for somebody who is told without one: always the same, but never a removed resident's."""
    tries = (digest(community, household, name, *more, length=12) for more in chain([()], _counted()))
    return next(found for each in tries if not is_reserved(found := f"r-{each}"))


def _counted() -> Iterator[tuple[str]]:
    return ((str(number),) for number in count(2))


def must_be_id(text: str, what: str) -> str:
    """`text`, when it may be an id. Raises RefusedError."""
    if not is_id(text):
        raise RefusedError(
            f"{what} '{text}' must be 1 to 40 of a-z, 0-9 and -, starting with a letter or digit.",
            zh=f"“{text}”不能作编号：由 1 到 40 个 a-z、0-9 和 - 组成，以字母或数字开头。",
        )
    return text


def must_be_phone(phone: str) -> None:
    """Raises RefusedError unless it is empty or a number in E.164, such as +8613800000000."""
    if phone and not _PHONE.fullmatch(phone):
        raise RefusedError(
            f"'{phone}' is no phone number such as +8613800000000.",
            pointer="/phone",
            zh=f"“{phone}”不是电话号码，请写成 +8613800000000 这样。",
        )


def must_be_text(text: str, what: str, *, most: int, pointer: str, least: int = 0) -> None:
    """Raises RefusedError for a text that is too long, holds control characters, or lacks what it needs."""
    if len(text) > most:
        raise RefusedError(
            f"{what} has at most {most} characters, not {len(text)}.",
            pointer=pointer,
            zh=f"最多 {most} 个字，现在有 {len(text)} 个。",
        )
    if len(text.strip()) < least:
        raise RefusedError(f"{what} may not be empty.", pointer=pointer, zh="这一项不能空着。")
    if _CONTROL.search(text.replace("\n", "")):
        raise RefusedError(
            f"{what} holds characters that can't be shown.", pointer=pointer, zh="含有无法显示的字符。"
        )


def must_be_tags(tags: Sequence[str]) -> None:
    """Raises RefusedError unless these are up to twelve different short words."""
    if len(tags) > MOST_TAGS or len(set(tags)) < len(tags):
        raise RefusedError(
            f"Up to {MOST_TAGS} tags, each once.", pointer="/tags", zh=f"最多 {MOST_TAGS} 个标签，不能重复。"
        )
    for tag in tags:
        must_be_text(tag, "A tag", most=20, least=1, pointer="/tags")
        if tag != tag.strip() or _DIVIDERS & set(tag):
            raise RefusedError(
                f"'{tag}' is no tag: it may hold no comma or semicolon.",
                pointer="/tags",
                zh=f"“{tag}”不能作标签：不能有逗号、分号。",
            )


def must_be_kin(kin: Sequence[Kin]) -> None:
    """Raises RefusedError unless these are up to ten different people."""
    if len(kin) > MOST_KIN or len({one.person for one in kin}) < len(kin):
        raise RefusedError(
            f"Up to {MOST_KIN} kin, each once.", pointer="/kin", zh=f"最多 {MOST_KIN} 位家属，不能重复。"
        )
