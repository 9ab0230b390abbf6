"""How long things take in AWS, and how many of them at a time.

Where AWS documents a figure it is taken, and its source stands beside it; all others are assumptions, made
rather too slow than too fast, and say so. Sizes, timeouts and limits of our own are the template's
(`tests.bench.deployed`).
"""

from dataclasses import dataclass
from math import log
from random import Random

P99 = 2.326
"""Standard deviations above the median at which 99 of 100 are below."""


@dataclass(frozen=True, slots=True)
class Takes:
    """How long something takes, in seconds: log-normal, with a median and a 99th percentile."""

    median: float
    p99: float

    def draw(self, rng: Random) -> float:
        """One such time."""
        return rng.lognormvariate(log(self.median), log(self.p99 / self.median) / P99)


VCPU_MB = 1769
"""Memory at which a function has one vCPU; CPU is in proportion (Lambda Developer Guide, quotas)."""
CALL_CPU = 0.002
"""CPU seconds of signing, serialising and parsing one call with botocore: an assumption; `tests.bench.cpu`
measures less for a put."""
CLIENT_CPU = {"dynamodb": 0.10, "sqs": 0.08, "secrets": 0.06, "lambda": 0.08, "provider": 0.02}
"""CPU seconds of making a client and its first connection: measured 0.07, 0.06 and 0.03 on our machine,
raised."""
COLD = Takes(0.35, 1.2)
"""Making an execution environment, before our own imports. AWS: a whole cold start takes "from under 100
ms to over 1 second" (Lambda Operator Guide, execution environments); here imports are added to it."""
READ, WRITE, TRANSACTION = Takes(0.006, 0.04), Takes(0.008, 0.05), Takes(0.02, 0.1)
"""DynamoDB: "single-digit millisecond" on average for single items (Developer Guide, troubleshooting
latency); the tail and transactions are assumptions."""
STALL, STALL_SECONDS = 1e-5, 5.0
"""So rarely a call of DynamoDB hangs: its own server retries only after 5 s (re:Post, maximum latency).
How rarely is an assumption; clients give up earlier and ask again."""
SEND = Takes(0.02, 0.15)
"""SQS: "around 20 ms" a request (SQS Developer Guide, horizontal scaling); the tail is an assumption."""
DELIVERED = Takes(0.06, 0.6)
"""From a message's being visible until Lambda's long poll hands it to a function: an assumption."""
HANDED_OVER = Takes(0.1, 1.0)
"""An asynchronous invocation's own queue: an assumption."""
SECRET = Takes(0.03, 0.2)
"""Secrets Manager: an assumption."""
KEPT = 300.0
"""Seconds for which an idle process is kept: an assumption; AWS gives no figure and says "a non-
deterministic period" (Lambda Operator Guide, execution environments)."""
POLLERS, POLLERS_A_SECOND = 5, 300 / 60
"""Lambda begins with five batches of a queue at a time and adds up to 300 a minute (Lambda Developer
Guide, SQS scaling)."""
ACCOUNT = 1000
"""Executions at a time in an account, by default (Lambda Developer Guide, quotas)."""
THROTTLED_AGAIN = 1.0
"""Seconds until a throttled invocation is tried again: "from 1 second" (Lambda Developer Guide,
asynchronous errors)."""
