"""Lambda: having another function run at once, without waiting for it."""

import json
from dataclasses import dataclass, field
from typing import Any

import botocore.session
from botocore.config import Config


@dataclass(slots=True)
class Function:
    """A function by its name. Its client is made at first use, which is hardly ever."""

    name: str
    _client: Any = field(default=None)

    def hand_over(self, text: str) -> None:
        """Let it take a text as if it came from its queue. Raises botocore's errors.

        The event is one of SQS (Lambda Developer Guide, "Using Lambda with Amazon SQS"), as far as a trigger
        reads it. Lambda itself tries an asynchronous invocation three times.
        """
        if self._client is None:
            config = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2})
            self._client = botocore.session.get_session().create_client("lambda", config=config)
        record = {"messageId": "handed-over", "receiptHandle": "", "eventSource": "aws:sqs", "body": text}
        payload = json.dumps({"Records": [record]}).encode()
        self._client.invoke(FunctionName=self.name, InvocationType="Event", Payload=payload)
