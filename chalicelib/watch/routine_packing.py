"""A routine as it is kept: one small map, under 3 kB, that any store can hold. Pure."""

import json
import struct
from base64 import b64decode, b64encode
from itertools import islice
from typing import Any
from zlib import compress, decompress

from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import Calendar
from chalicelib.watch.routine_habits import BINS, CELLS, MASKS, SENSES, Habits, Prior
from chalicelib.watch.routine_spans import Mix
from chalicelib.watch.routine_sum import Candidate, Silence

VERSION = 5
_SIZES = (CELLS, CELLS, BINS, MASKS, SENSES, SENSES + 1)
_COUNTS = struct.Struct(f">{sum(_SIZES)}I")

Packed = dict[str, Any]


def packed(routine: Routine) -> Packed:
    """The routine without what all homes share: its mix, calendar and prior."""
    h = routine.habits
    counts = _COUNTS.pack(*h.ended, *h.steps, *h.peaks, *h.masks, *h.home, *h.away)
    kept: Packed = {
        "v": VERSION,
        "mix": routine.mix.name,
        "counts": b64encode(compress(counts)).decode(),
        "seconds": h.seconds,
        "days": h.days,
        "mornings": b64encode(b"".join(m.to_bytes(2) for m in h.mornings)).decode(),
    }
    if routine.ears:
        ears = json.dumps(routine.ears, separators=(",", ":")).encode()
        kept["ears"] = b64encode(compress(ears)).decode()
    if (s := routine.silence) is not None:
        kept["silence"] = {
            "until": s.until,
            "signs": [[c.sign_at, repr(c.reached)] for c in s.candidates],
            "last": s.last, "heard": s.heard, "learn": s.learn, "peak": repr(s.peak),
        }  # fmt: skip
    return kept


def unpacked(kept: Packed, *, mix: Mix, calendar: Calendar, prior: Prior) -> Routine:
    """The routine again, exactly; one that knows nothing, where what is kept is of another mix of sensors, or
    of another version of this code: it is learned anew from what the sensors said.
    """
    if (kept["v"], kept.get("mix")) != (VERSION, mix.name):
        return Routine(mix, calendar, prior)
    counts = iter(_COUNTS.unpack(decompress(b64decode(kept["counts"]))))
    ended, steps, peaks, masks, home, away = ([*islice(counts, size)] for size in _SIZES)
    mornings = b64decode(kept["mornings"])
    habits = Habits(
        ended,
        steps,
        peaks,
        int(kept["seconds"]),
        masks,
        int(kept["days"]),
        [int.from_bytes(mornings[n : n + 2]) for n in range(0, len(mornings), 2)],
        home,
        away,
    )
    return Routine(mix, calendar, prior, habits, _silence(kept.get("silence")), _ears(kept))


def _ears(kept: Packed) -> dict[str, Packed]:
    found: dict[str, Packed] = json.loads(decompress(b64decode(kept["ears"]))) if "ears" in kept else {}
    return found


def _silence(kept: Packed | None) -> Silence | None:
    if kept is None:
        return None
    candidates = [Candidate(int(at), float(reached)) for at, reached in kept["signs"]]
    until, last, heard = (int(kept[name]) for name in ("until", "last", "heard"))
    return Silence(until, candidates, last, heard, bool(kept["learn"]), float(kept["peak"]))
