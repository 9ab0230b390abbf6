"""Drills: what is different when nobody is in need. Pure.

A drill goes the way of a real alarm: the same ladder, people and channels, by the same timing. It differs in
this, so that it proves much and costs people little:

- Whoever answers it closes it, and that is the proof: nobody sets out for a drill.
- It climbs its ladder once. Half an hour after the last rung it ends by itself, as a task for the steward
  (severity 3): that, and nothing else, is never closed by us.
- Nobody is told to call 120, and everybody is told that it is a drill, in words of their own.
- It never stands in the way of a real call: see `alarms.telling`.
- A team's drill rings those of the team who are on duty, and only they can answer it.
"""

from dataclasses import replace

from chalicelib.alarms.ladder import Ladder
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.kernel.clock import epoch
from chalicelib.watch.model import Concern, ConcernKind

PASSED = Outcome(Verdict.DRILL, Cause.TEST)
UNANSWERED = Outcome(Verdict.DRILL, Cause.TEST, "nobody answered")
PEOPLE = "people"
"""In the evidence of a team's drill: who of it is on duty, in order, with commas between."""


def climbed_once(ladder: Ladder) -> Ladder:
    """A ladder as a drill climbs it."""
    return replace(ladder, repeats=0)


def team_of(evidence: dict[str, int | str]) -> tuple[str, ...] | None:
    """Who is drilled: of a team's drill the people who are on duty, else None."""
    if PEOPLE not in evidence:
        return None
    return tuple(person for person in str(evidence[PEOPLE]).split(",") if person)


def missed(drill: Concern) -> Concern:
    """The task that a drill becomes which proved nothing. The same drill is the same task."""
    evidence: dict[str, int | str] = {"at": epoch(drill.began_at), "who": whose(drill.evidence)}
    if subject := drill.evidence.get("subject"):
        evidence["subject"] = subject  # so that it is known to be about this resident
    return Concern(ConcernKind.DRILL_MISSED, drill.community, drill.household, drill.began_at, evidence)


def whose(evidence: dict[str, int | str]) -> str:
    """Which team's or resident's drill it is, or which home's pendant's."""
    return str(evidence.get("team") or evidence.get("subject") or evidence.get("device") or "")
