"""The keys of every table, as `infra/aws/template.yaml` creates them: a test holds the two together."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class IndexSchema:
    """A global secondary index. Sparse: an item without both keys isn't in it. `includes` is None for all."""

    hash_key: str
    range_key: str
    includes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table with string keys `pk` and `sk`; `numbers` names key attributes that are numbers."""

    name: str
    indexes: dict[str, IndexSchema] = field(default_factory=dict)
    numbers: frozenset[str] = frozenset()

    def key_type(self, attribute: str) -> str:
        """The DynamoDB type, `S` or `N`, of a key attribute."""
        return "N" if attribute in self.numbers else "S"


REGISTRY = TableSchema("registry")
SERIES = TableSchema("series")
QUARANTINE = TableSchema("quarantine")
AUDIT = TableSchema("audit")
WITNESS = TableSchema("witness")
DEADLINES = TableSchema(
    "deadlines",
    indexes={
        "due": IndexSchema("due", "due_at", includes=("state",)),
        "alarms": IndexSchema("listing", "listed_at"),
    },
    numbers=frozenset({"due_at"}),
)
