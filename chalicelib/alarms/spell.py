"""What names an alarm: the spell that it is about. Pure."""

from datetime import datetime

from chalicelib.kernel.clock import epoch
from chalicelib.kernel.ids import digest


def identity(community: str, household: str, kind: str, began_at: datetime) -> str:
    """An alarm's id: the same spell of the same kind in the same home has the same."""
    return f"al-{digest(community, household, kind, str(epoch(began_at)))}"
