"""Coming back to an alarm sooner than the tick would: the `Waker`s."""

import math
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws.functions import Function
from chalicelib.aws.queues import LONGEST_DELAY_SECONDS, Queue


class NoWaker:
    """For where the tick is enough."""

    def wake(self, alarm_id: str, at: datetime, *, now: datetime) -> None:
        """The tick comes anyhow."""


@dataclass(slots=True)
class QueueWaker:
    """Wakes through a queue that delays: seconds, where the tick has minutes.

    What is due at once and the queue doesn't take is handed to the function behind it, if it is known.
    """

    queue: Queue
    instead: Function | None = None

    def wake(self, alarm_id: str, at: datetime, *, now: datetime) -> None:
        """Send the alarm's id to come back in time. What can't be sent any way is left to the tick."""
        delay = max(0, math.ceil((at - now).total_seconds()))
        if delay > LONGEST_DELAY_SECONDS:
            return
        try:
            self.queue.send(alarm_id, delay_seconds=delay)
        except (BotoCoreError, ClientError):
            if delay == 0 and self.instead is not None:
                with suppress(BotoCoreError, ClientError):
                    self.instead.hand_over(alarm_id)
