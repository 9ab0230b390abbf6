"""What must hold of every template that we deploy, whether SAM's or what SAM makes of it. Pure."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from infra.aws.references import is_intrinsic, nodes, target

Resources = Mapping[str, Mapping[str, Any]]

FUNCTIONS = {"AWS::Lambda::Function", "AWS::Serverless::Function"}
FOURTEEN_DAYS_S = 1_209_600
A_DAY_S = 86_400
OF_CODES = frozenset({"CodesQueue", "CodesDeadLetters"})
"""Of no use after five minutes."""
VISIBILITY_PER_TIMEOUT = 6
"""So that throttling, which counts as a receive, doesn't use them up (AWS's own advice)."""
MANY_RECEIVES = 100
"""With so many before the dead letters, a message may be taken up again once its function has ended."""
LAMBDA_TIMEOUT_S = 3
LARGEST_TEMPLATE = 1_000_000
"""CloudFormation takes a template of 1 MB from a bucket; the AWS CLI writes it indented."""
TOPICS = ":sns:*:*:*"
TO_PHONES = "sns:Publish"
"""A phone number has no ARN, so an SMS is allowed to every resource; beside it all topics must be denied."""


def breaches(template: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for everything in `template` that we don't allow."""
    resources: Resources = template["Resources"]
    if (size := len(json.dumps(template, indent=4))) > LARGEST_TEMPLATE:
        yield f"The template has {size} bytes, and CloudFormation takes {LARGEST_TEMPLATE}; make it smaller."
    yield from _shape(template)
    yield from _permissions(resources)
    yield from _phones(resources)
    yield from _roles(resources)
    yield from _queues(resources)
    yield from _kept(resources)
    yield from _tables(resources)
    yield from _logs(resources)
    yield from _devices(resources)
    yield from _addresses(resources)


def _of(resources: Resources, *kinds: str) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    for name, resource in resources.items():
        if resource["Type"] in kinds:
            yield name, resource, resource.get("Properties", {})


def _shape(template: Mapping[str, Any]) -> Iterator[str]:
    for path, node in nodes(template):
        where = "/".join(path)
        if node is None:
            yield f"{where} is null; leave it out or give it a value."
        if isinstance(node, dict) and len(node) > 1 and any(is_intrinsic(key) for key in node):
            yield f"{where} mixes an intrinsic function with other keys ({', '.join(node)})."
        if isinstance(node, str) and ("arn:aws:" in node or ".amazonaws.com/" in node):
            yield f"{where} is bound to one partition ({node}); use AWS::Partition and AWS::URLSuffix."


def _permissions(resources: Resources) -> Iterator[str]:
    for path, node in nodes(resources):
        if not isinstance(node, dict) or node.get("Effect") != "Allow":
            continue
        where = "/".join(path)
        if "*" in _listed(node.get("Resource")) and _listed(node.get("Action")) != [TO_PHONES]:
            yield f"{where} allows every resource; name those that are meant."
        for action in _listed(node.get("Action")):
            if str(action).endswith("*"):
                yield f"{where} allows {action}; name the actions that are meant."
        for key in ("NotResource", "NotAction"):
            if key in node:
                yield f"{where} allows by exception ({key}); name what is meant."


def _phones(resources: Resources) -> Iterator[str]:
    """Whoever may publish to every resource writes to phones alone: topics are denied beside it."""
    for path, node in nodes(resources):
        statements = node.get("Statement") if isinstance(node, dict) else None
        told = [s for s in _listed(statements) if _listed(s.get("Action")) == [TO_PHONES]]
        allowed = any(s["Effect"] == "Allow" and "*" in _listed(s.get("Resource")) for s in told)
        denied = any(s["Effect"] == "Deny" and TOPICS in str(s.get("Resource")) for s in told)
        if allowed and not denied:
            yield f"{'/'.join(path)} may publish to every topic; deny {TO_PHONES} on {TOPICS}."


def _roles(resources: Resources) -> Iterator[str]:
    roles = {name: target(properties.get("Role")) for name, _, properties in _of(resources, *FUNCTIONS)}
    for name, role in roles.items():
        if role is None or role not in resources:
            yield f"The function {name} has no role of its own; give it a policy in .chalice/config.json."
    for role, count in Counter(roles.values()).items():
        if role and (count > 1 or role == "DefaultRole"):
            sharing = ", ".join(name for name, used in roles.items() if used == role)
            yield f"{role} is shared or a default ({sharing}); give every function a policy file."


def _queues(resources: Resources) -> Iterator[str]:
    for function, queue, mapping in _queue_sources(resources):
        properties = resources[queue].get("Properties", {}) if queue in resources else {}
        if not target(properties.get("RedrivePolicy", {}).get("deadLetterTargetArn")):
            yield f"The queue {queue}, read by {function}, has no dead-letter queue."
        timeout = resources[function]["Properties"].get("Timeout", LAMBDA_TIMEOUT_S)
        receives = properties.get("RedrivePolicy", {}).get("maxReceiveCount", 0)
        times = 1 if receives >= MANY_RECEIVES else VISIBILITY_PER_TIMEOUT
        least = times * timeout + mapping.get("MaximumBatchingWindowInSeconds", 0)
        if properties.get("VisibilityTimeout", 30) < least:
            yield f"The queue {queue} hides messages for less than the {least} s that {function} may need."
        if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{function} can't report which messages of {queue} failed: set FunctionResponseTypes."


def _kept(resources: Resources) -> Iterator[str]:
    for queue, _, properties in _of(resources, "AWS::SQS::Queue"):
        kept = properties.get("MessageRetentionPeriod")
        if queue in OF_CODES:
            if kept != A_DAY_S:
                yield f"The queue {queue} holds phone numbers: keep them a day, within which they are erased."
        elif kept != FOURTEEN_DAYS_S:
            yield f"The queue {queue} keeps messages for less than 14 days."


def _queue_sources(resources: Resources) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Function, queue and mapping, of SAM's events and of what they become."""
    for name, _, properties in _of(resources, "AWS::Serverless::Function"):
        for event in properties.get("Events", {}).values():
            if event["Type"] == "SQS":
                yield name, target(event["Properties"]["Queue"]) or "?", event["Properties"]
    for _, _, properties in _of(resources, "AWS::Lambda::EventSourceMapping"):
        yield (
            target(properties["FunctionName"]) or "?",
            target(properties["EventSourceArn"]) or "?",
            properties,
        )


def _tables(resources: Resources) -> Iterator[str]:
    for name, resource, properties in _of(resources, "AWS::DynamoDB::Table"):
        if not properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield f"The table {name} can't be brought back to a point in time."
        if not properties.get("SSESpecification", {}).get("SSEEnabled"):
            yield f"The table {name} is not encrypted with a key that we can audit."
        if resource.get("DeletionPolicy") not in {"Retain", "RetainExceptOnCreate"}:
            yield f"The table {name} would be deleted with the stack."
        if resource.get("UpdateReplacePolicy") != "Retain":
            yield f"The table {name} would be deleted when an update replaces it."


def _logs(resources: Resources) -> Iterator[str]:
    for name, _, properties in _of(resources, *FUNCTIONS):
        group = target(properties.get("LoggingConfig", {}).get("LogGroup"))
        if group is None or "RetentionInDays" not in resources.get(group, {}).get("Properties", {}):
            yield f"The function {name} logs to no group of ours with a retention; they would stay for ever."


def _addresses(resources: Resources) -> Iterator[str]:
    """API Gateway refuses two names for a variable in one place: /homes/{home} beside /homes/{id}/bell."""
    for name, _, properties in _of(resources, "AWS::Serverless::Api", "AWS::ApiGateway::RestApi"):
        definition = properties.get("DefinitionBody", properties.get("Body", {}))
        named: dict[str, set[str]] = {}
        for path in definition.get("paths", {}):
            parts = path.split("/")
            for place, part in enumerate(parts):
                if part.startswith("{"):
                    named.setdefault("/".join(parts[:place]), set()).add(part)
        for before, variables in named.items():
            if len(variables) > 1:
                told = ", ".join(sorted(variables))
                yield f"{name} names what follows {before}/ in several ways ({told}); API Gateway takes one."


def _devices(resources: Resources) -> Iterator[str]:
    for name, _, properties in _of(resources, "AWS::IoT::TopicRule"):
        if "ErrorAction" not in properties["TopicRulePayload"]:
            yield f"The rule {name} has no error action, so what it can't deliver is lost without a trace."
    for name, _, properties in _of(resources, "AWS::IoT::Policy"):
        for statement in properties["PolicyDocument"]["Statement"]:
            for resource in _listed(statement["Resource"]):
                if "${!iot:Connection.Thing.ThingName}" not in str(resource):
                    yield f"The device policy {name} lets a device be or speak for another ({resource})."


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
