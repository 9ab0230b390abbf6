"""`shouwang doctor`:

whether every part of the stack does what the line needs, and what to do where it doesn't.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import click
from botocore.exceptions import ClientError

from chalicelib.kernel import clock
from chalicelib.watch.routes import LATE_TICK
from infra.commands.shared import as_json, connected, stdout, write_json
from infra.stack import Stack

RULES = ("shouwang_telemetry", "shouwang_urgent")
DEAD_LETTERS = (
    "TelemetryDeadLettersUrl", "UrgentDeadLettersUrl", "LadderDeadLettersUrl", "CodesDeadLettersUrl",
    "RuleErrorsUrl",
)  # fmt: skip
TABLES_WITH_TTL = ("SeriesTable", "DeadlinesTable", "QuarantineTable")
TABLES = ("RegistryTable", *TABLES_WITH_TTL, "AuditTable", "WitnessTable")
SLACK = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `advice` says what to do when it isn't well."""

    what: str
    well: bool
    detail: str
    advice: str = ""


@click.command("doctor")
@as_json
def command(as_json: bool) -> None:
    """Examine the stack. Exits with 1 when something needs attention."""
    stack = connected()
    findings = [finding for examine in EXAMINATIONS for finding in examine(stack)]
    if as_json:
        write_json(
            [{name: getattr(f, name) for name in ("what", "well", "detail", "advice")} for f in findings]
        )
    else:
        for finding in findings:
            mark = "[green]ok  [/]" if finding.well else "[red]look[/]"
            advice = "" if finding.well else f" → {finding.advice}"
            stdout.print(f"{mark} {finding.what}: {finding.detail}{advice}", highlight=False)
    if not all(finding.well for finding in findings):
        raise SystemExit(1)


def _tables(stack: Stack) -> list[Finding]:
    dynamodb: Any = stack.client("dynamodb")
    findings = []
    for output in TABLES:
        name = stack.output(output)
        status = dynamodb.describe_table(TableName=name)["Table"]["TableStatus"]
        findings.append(
            Finding(f"table {name}", status == "ACTIVE", status.lower(), "wait, or look in CloudFormation")
        )
    for output in TABLES_WITH_TTL:
        name = stack.output(output)
        ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"]
        findings.append(
            Finding(
                f"expiry of {name}", ttl in ("ENABLED", "ENABLING"), ttl.lower(), "enable TTL on `expires`"
            )
        )
    return findings


def _rules(stack: Stack) -> list[Finding]:
    iot: Any = stack.client("iot")
    findings = []
    for rule in RULES:
        try:
            disabled = iot.get_topic_rule(ruleName=rule)["rule"].get("ruleDisabled", False)
            findings.append(
                Finding(f"IoT rule {rule}", not disabled, "disabled" if disabled else "on", "enable it")
            )
        except ClientError as error:
            findings.append(Finding(f"IoT rule {rule}", False, str(error), "deploy the stack again"))
    return findings


def _dead_letters(stack: Stack) -> list[Finding]:
    sqs: Any = stack.client("sqs")
    findings = []
    for output in DEAD_LETTERS:
        url = stack.output(output)
        names = ["ApproximateNumberOfMessages"]
        waiting = int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"][names[0]])
        advice = "read one to see why, mend the cause, then redrive the queue"
        findings.append(Finding(url.rpartition("/")[2], waiting == 0, f"{waiting} messages", advice))
    return findings


def _tick(_stack: Stack) -> list[Finding]:
    from chalicelib import wiring

    now, beat = clock.now(), wiring.watch.deadline_store().last_beat()
    overdue = wiring.watch.deadline_store().longest_overdue(now=now)
    age = now - beat if beat else None
    ticking = age is not None and age <= LATE_TICK
    told = f"{int(age.total_seconds())} s ago" if age is not None else "never"
    late = f"{int(overdue.total_seconds())} s"
    return [
        Finding("last tick", ticking, told, "look at the tick function's log and its schedule"),
        Finding(
            "oldest overdue deadline", overdue <= SLACK, late, "look for FailedDeadlines in the tick's log"
        ),
    ]


EXAMINATIONS: tuple[Callable[[Stack], list[Finding]], ...] = (_tables, _rules, _dead_letters, _tick)
