"""When a meter samples and when it sends. Times are Unix seconds."""

from dataclasses import dataclass
from zlib import crc32

MAX_JITTER_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Schedule:
    """When one meter samples and sends; sample n is due at n × every + phase, a message holds a run."""

    meter: str
    every: int
    samples_a_message: int
    phase: int
    offset: int

    @classmethod
    def of(cls, meter: str, every_seconds: int, report_seconds: int) -> "Schedule":
        """This meter's, always the same. Raises ValueError unless a report is a whole number of samples."""
        if every_seconds < 1 or report_seconds < every_seconds or report_seconds % every_seconds:
            raise ValueError("report_seconds must be a multiple of every_seconds")
        spread, count = crc32(meter.encode()), report_seconds // every_seconds
        return cls(
            meter,
            every_seconds,
            count,
            phase=spread % every_seconds,
            offset=(spread // every_seconds) % count,
        )

    def message_at(self, second: float) -> int:
        """The message that holds the sample due about this second."""
        return int((second - self.phase) // self.every - self.offset) // self.samples_a_message

    def samples(self, message: int) -> list[int]:
        """When this message's samples are taken, by the meter's clock."""
        first = message * self.samples_a_message + self.offset
        return [self._taken(number) for number in range(first, first + self.samples_a_message)]

    def sends(self, message: int) -> int:
        """When this message is sent: soon after its last sample."""
        last = (message + 1) * self.samples_a_message + self.offset - 1
        return self._taken(last) + self._jitter(f"{self.meter}/sends/{message}")

    def _taken(self, number: int) -> int:
        return number * self.every + self.phase + self._jitter(f"{self.meter}/{number}")

    def _jitter(self, what: str) -> int:
        return crc32(what.encode()) % (min(MAX_JITTER_SECONDS, self.every // 10) + 1)
