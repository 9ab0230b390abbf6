"""A routine as it is kept: one small map, under 3 kB, that any store can hold. Pure."""

import struct
from base64 import b64decode, b64encode
from typing import Any

from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import Calendar
from chalicelib.watch.routine_habits import BINS, CELLS, MASKS, Habits, Prior
from chalicelib.watch.routine_spans import Mix
from chalicelib.watch.routine_sum import Candidate, Silence

VERSION = 1
_COUNTS = struct.Struct(f">{2 * CELLS + BINS + MASKS}I")

Packed = dict[str, Any]


def packed(routine: Routine) -> Packed:
    """The routine without what all homes share: its mix, calendar and prior."""
    h = routine.habits
    counts = _COUNTS.pack(*h.ended, *h.steps, *h.peaks, *h.masks)
    kept: Packed = {
        "v": VERSION,
        "counts": b64encode(counts).decode(),
        "seconds": h.seconds,
        "days": h.days,
        "mornings": b64encode(b"".join(m.to_bytes(2) for m in h.mornings)).decode(),
    }
    if routine.trust:
        kept["trust"] = {str(bit): str(share) for bit, share in routine.trust.items()}
    if (s := routine.silence) is not None:
        kept["silence"] = {
            "until": s.until,
            "signs": [[c.sign_at, repr(c.reached)] for c in s.candidates],
            "last": s.last, "heard": s.heard, "learn": s.learn, "peak": repr(s.peak),
        }  # fmt: skip
    return kept


def unpacked(kept: Packed, *, mix: Mix, calendar: Calendar, prior: Prior) -> Routine:
    """The routine again, exactly. Raises ValueError for a version this code doesn't know."""
    if kept["v"] != VERSION:
        raise ValueError(f"a routine of version {kept['v']} can't be read; this code knows {VERSION}")
    counts = list(_COUNTS.unpack(b64decode(kept["counts"])))
    mornings = b64decode(kept["mornings"])
    habits = Habits(
        counts[:CELLS],
        counts[CELLS : 2 * CELLS],
        counts[2 * CELLS : 2 * CELLS + BINS],
        int(kept["seconds"]),
        counts[2 * CELLS + BINS :],
        int(kept["days"]),
        [int.from_bytes(mornings[n : n + 2]) for n in range(0, len(mornings), 2)],
    )
    trust = {int(bit): float(share) for bit, share in kept.get("trust", {}).items()}
    return Routine(mix, calendar, prior, habits, _silence(kept.get("silence")), trust)


def _silence(kept: Packed | None) -> Silence | None:
    if kept is None:
        return None
    candidates = [Candidate(int(at), float(reached)) for at, reached in kept["signs"]]
    until, last, heard = (int(kept[name]) for name in ("until", "last", "heard"))
    return Silence(until, candidates, last, heard, bool(kept["learn"]), float(kept["peak"]))
