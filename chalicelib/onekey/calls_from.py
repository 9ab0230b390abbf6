"""Where an alarm's one-key calls came from, read when somebody on the case looks."""

from dataclasses import dataclass

from chalicelib.alarms.model import Alarm
from chalicelib.alarms.whence import UNTOLD, Place, Whence
from chalicelib.onekey.model import ONE_CALL, Location, PressKind
from chalicelib.onekey.store import CallBook


@dataclass(frozen=True, slots=True)
class CallsFrom:
    """Knows it from the calls' own records: no press waits for this, and there is no second copy to erase."""

    book: CallBook

    def of(self, alarm: Alarm) -> Whence:
        """The latest of the alarm's calls that says so. At most one read, and none without a call."""
        kind = str(alarm.evidence.get("call", "")).partition("-")[0]
        if kind not in set(PressKind):
            return UNTOLD
        since = alarm.began_at - ONE_CALL  # a call whose alarm was closed rings on for another
        calls = self.book.calls_of(
            alarm.community, str(alarm.evidence["subject"]), PressKind(kind), since=since
        )
        mine = [call for call in calls if call.alarm == alarm.id]
        places = [call.location for call in mine if call.location]
        newest = max(places, key=lambda place: place.at, default=None)
        phone = next((call.caller for call in reversed(mine) if call.caller), "")
        return Whence(_place(newest) if newest else None, phone)


def _place(found: Location) -> Place:
    return Place(found.latitude_e6, found.longitude_e6, found.accuracy_m, found.at)
