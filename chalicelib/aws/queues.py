"""SQS: sending a message to come back in a while."""

from dataclasses import dataclass, field
from typing import Any

import botocore.session
from botocore.config import Config

LONGEST_DELAY_SECONDS = 900
"""SQS's own limit."""


@dataclass(slots=True)
class Queue:
    """A queue by its URL. Its client is made at first use."""

    url: str
    _client: Any = field(default=None)

    def send(self, text: str, *, delay_seconds: int) -> None:
        """Send a text that is delivered after a delay of 0 to 900 seconds. Raises botocore's errors."""
        if not 0 <= delay_seconds <= LONGEST_DELAY_SECONDS:
            raise ValueError(f"A message waits 0 to {LONGEST_DELAY_SECONDS} seconds, not {delay_seconds}.")
        if self._client is None:
            config = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 2})
            self._client = botocore.session.get_session().create_client("sqs", config=config)
        self._client.send_message(QueueUrl=self.url, MessageBody=text, DelaySeconds=delay_seconds)
