"""Our own rules notice what they are for, and say it in a sentence."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from infra.aws.rules import breaches

Resources = dict[str, Any]
Change = Callable[[Resources], None]


def sound() -> Resources:
    """A function on a queue, a table, a rule and a device policy, as they should be."""
    return {
        "Take": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Role": {"Fn::GetAtt": ["TakeRole", "Arn"]},
                "Timeout": 10,
                "LoggingConfig": {"LogGroup": {"Ref": "TakeLogs"}},
                "Events": {
                    "Source": {
                        "Type": "SQS",
                        "Properties": {
                            "Queue": {"Fn::Sub": "${Letters.Arn}"},
                            "FunctionResponseTypes": ["ReportBatchItemFailures"],
                        },
                    }
                },
            },
        },
        "TakeRole": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy({"Ref": "Homes"})]}},
        "TakeLogs": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 30}},
        "Letters": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "VisibilityTimeout": 60,
                "MessageRetentionPeriod": 1_209_600,
                "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}},
            },
        },
        "DeadLetters": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1_209_600}},
        "Homes": {
            "Type": "AWS::DynamoDB::Table",
            "DeletionPolicy": "RetainExceptOnCreate",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                "SSESpecification": {"SSEEnabled": True},
            },
        },
        "Rule": {"Type": "AWS::IoT::TopicRule", "Properties": {"TopicRulePayload": {"ErrorAction": {}}}},
        "Devices": {
            "Type": "AWS::IoT::Policy",
            "Properties": policy({"Fn::Sub": "client/${!iot:Connection.Thing.ThingName}"}),
        },
    }


def policy(resource: Any, action: str = "dynamodb:Query") -> dict[str, Any]:
    return {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}}


def soon_again(seconds: int) -> Change:
    """With very many receives before the dead letters, and hidden so long."""

    def change(resources: Resources) -> None:
        letters = resources["Letters"]["Properties"]
        letters["RedrivePolicy"]["maxReceiveCount"] = 100
        letters["VisibilityTimeout"] = seconds

    return change


def codes_kept_for(seconds: int) -> Change:
    """With a queue of one-time codes to be sent, which keeps them so long."""
    kept = {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": seconds}}
    return put("CodesDeadLetters", kept)


def put(path: str, value: Any) -> Change:
    """Set what `path` leads to; `...` takes it away."""

    def change(resources: Resources) -> None:
        *way, last = path.split("/")
        place: Any = resources
        for step in way:
            place = place[int(step) if isinstance(place, list) else step]
        if value is ...:
            del place[last]
        else:
            place[last] = value

    return change


def with_paths(*paths: str) -> Change:
    """With an API of these addresses."""

    def change(resources: Resources) -> None:
        body: dict[str, Any] = {"paths": {path: {} for path in paths}}
        resources["API"] = {"Type": "AWS::Serverless::Api", "Properties": {"DefinitionBody": body}}

    return change


def another_function_on_the_same_role(resources: Resources) -> None:
    resources["Other"] = copy.deepcopy(resources["Take"])
    resources["Other"]["Properties"]["Events"] = {}


def test_what_is_sound_has_no_breach() -> None:
    assert list(breaches({"Resources": sound()})) == []


def may_publish(resources: Resources) -> None:
    """Allowed to write to phone numbers, and to every topic with them."""
    statements = resources["TakeRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    statements.append({"Effect": "Allow", "Action": ["sns:Publish"], "Resource": "*"})


def test_writing_to_phones_is_allowed_where_topics_are_denied() -> None:
    resources = sound()
    may_publish(resources)
    statements = resources["TakeRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    topics = {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"}
    statements.append({"Effect": "Deny", "Action": ["sns:Publish"], "Resource": topics})
    assert list(breaches({"Resources": resources})) == []


STATEMENT = "TakeRole/Properties/Policies/0/PolicyDocument/Statement/0"
QUEUE = "Take/Properties/Events/Source/Properties"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (put("Homes/Properties/TableName", None), "Homes/Properties/TableName is null"),
        (
            put("Homes/Properties/TableName", {"Fn::Sub": "homes", "Ref": "Name"}),
            "mixes an intrinsic function with other keys (Fn::Sub, Ref)",
        ),
        (put(f"{STATEMENT}/Resource", "*"), "allows every resource"),
        (put(f"{STATEMENT}/Resource", ["*"]), "allows every resource"),
        (may_publish, "may publish to every topic; deny sns:Publish"),
        (put(f"{STATEMENT}/Action", "dynamodb:*"), "allows dynamodb:*"),
        (put(f"{STATEMENT}/NotAction", "s3:GetObject"), "allows by exception"),
        (put(f"{STATEMENT}/Resource", "arn:aws:s3:::photos"), "is bound to one partition"),
        (put("Take/Properties/Role", ...), "The function Take has no role of its own"),
        (put("Take/Properties/Role", "arn:x:iam::1:role/shared"), "The function Take has no role of its own"),
        (another_function_on_the_same_role, "TakeRole is shared or a default (Take, Other)"),
        (put("Letters/Properties/RedrivePolicy", ...), "Letters, read by Take, has no dead-letter queue"),
        (put("Letters/Properties/VisibilityTimeout", 59), "hides messages for less than the 60 s"),
        (soon_again(9), "hides messages for less than the 10 s"),
        (put(f"{QUEUE}/MaximumBatchingWindowInSeconds", 1), "hides messages for less than the 61 s"),
        (put(f"{QUEUE}/FunctionResponseTypes", ...), "Take can't report which messages of Letters failed"),
        (put("DeadLetters/Properties/MessageRetentionPeriod", 345_600), "less than 14 days"),
        (codes_kept_for(1_209_600), "CodesDeadLetters holds phone numbers: keep them a day"),
        (put("Homes/Properties/PointInTimeRecoverySpecification", ...), "can't be brought back"),
        (put("Homes/Properties/SSESpecification", {"SSEEnabled": False}), "Homes is not encrypted"),
        (put("Homes/DeletionPolicy", "Delete"), "Homes would be deleted with the stack"),
        (put("Homes/UpdateReplacePolicy", ...), "deleted when an update replaces it"),
        (put("TakeLogs/Properties/RetentionInDays", ...), "Take logs to no group of ours"),
        (put("Rule/Properties/TopicRulePayload", {}), "The rule Rule has no error action"),
        (
            put("Devices/Properties", policy({"Fn::Sub": "client/anyone"})),
            "The device policy Devices lets a device be or speak for another",
        ),
        (with_paths("/homes/{home}", "/homes/{home_id}/bell"), "({home_id}, {home}); API Gateway takes one"),
    ],
)
def test_a_breach_is_named(change: Change, sentence: str) -> None:
    resources = sound()
    change(resources)
    found = list(breaches({"Resources": resources}))
    assert len(found) == 1, found
    assert sentence in found[0]


def test_a_template_that_cloudformation_would_not_take_is_too_large() -> None:
    large = {"Description": "x" * 1_000_000, "Resources": sound()}
    assert ["CloudFormation takes 1000000" in sentence for sentence in breaches(large)] == [True]


def test_a_message_with_very_many_receives_may_be_taken_up_again_soon() -> None:
    resources = sound()
    soon_again(10)(resources)
    assert list(breaches({"Resources": resources})) == []
