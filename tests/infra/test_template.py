"""What is deployed, as packaged from the sources."""

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.aws.schema import AUDIT, DEADLINES, QUARANTINE, REGISTRY, SERIES, WITNESS, TableSchema
from chalicelib.http.words import TITLES
from chalicelib.onekey.endpoint import Endpoint
from infra.aws.check import REGIONS, findings, translate
from infra.aws.package import Package
from infra.aws.references import nodes, target

Template = dict[str, Any]

GET, QUERY, PUT, UPDATE, DELETE = (
    f"dynamodb:{action}" for action in ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem")
)
BATCH_GET, BATCH_WRITE = "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"
TAKE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"}
LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
SEND = "sqs:SendMessage"
RUN = {"lambda:InvokeFunction"}
SECRET = {"secretsmanager:GetSecretValue"}

PROVIDERS = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:shouwang/*"
CONTACTS = "arn:${AWS::Partition}:connect:${AWS::Region}:${AWS::AccountId}:instance/*/contact/*"
PHONES = {"*": {"sns:Publish"}}
"""An SMS is published to a phone number, which has no ARN; topics are denied."""
RINGS = {CONTACTS: {"connect:StartOutboundVoiceContact"}}
# The whole of what each function may do. A line more is a decision.
RIGHTS: dict[str, dict[str, set[str]]] = {
    "Telemetry": {
        "TelemetryQueue": TAKE,
        "Registry": {GET, QUERY, BATCH_GET},
        "Series": {BATCH_WRITE},
        "Quarantine": {PUT, UPDATE},
        "Deadlines": {GET, QUERY, PUT, BATCH_GET},
        "LadderQueue": {SEND},
        "TelemetryLogGroup": LOG,
    },
    "Urgent": {
        "UrgentQueue": TAKE,
        "Registry": {GET, QUERY, BATCH_GET},
        "Series": {BATCH_WRITE},
        "Quarantine": {PUT, UPDATE},
        "Deadlines": {GET, QUERY, PUT, BATCH_GET},
        "LadderQueue": {SEND},
        "Ladder": RUN,
        "UrgentLogGroup": LOG,
    },
    "Tick": {
        "Series": {QUERY, DELETE},
        "Deadlines": {GET, QUERY, PUT, DELETE, BATCH_GET, BATCH_WRITE},
        "Deadlines/index/due": {QUERY},
        "Registry": {GET, QUERY, BATCH_GET, PUT, UPDATE, DELETE},
        "Audit": {QUERY, PUT, BATCH_WRITE, DELETE},
        "Witness": {GET, QUERY, PUT, BATCH_WRITE},
        "Quarantine": {QUERY, DELETE},
        "Deadlines/index/alarms": {QUERY},
        "LadderQueue": {SEND},
        "PushKey": SECRET,
        "CallbackKey": SECRET,
        "SealKey": SECRET,
        PROVIDERS: SECRET,
        **PHONES,
        **RINGS,
        "TickLogGroup": LOG,
    },
    "Ladder": {
        "LadderQueue": {*TAKE, SEND},
        "Deadlines": {GET, QUERY, PUT, DELETE, BATCH_GET},
        "Registry": {GET, QUERY, BATCH_GET, PUT},
        "PushKey": SECRET,
        PROVIDERS: SECRET,
        **PHONES,
        **RINGS,
        "LadderLogGroup": LOG,
    },
    "Codes": {
        "CodesQueue": TAKE,
        "Deadlines": {GET, QUERY, PUT},
        "Registry": {GET, QUERY, BATCH_GET},
        "TokenKey": SECRET,
        PROVIDERS: SECRET,
        **PHONES,
        "CodesLogGroup": LOG,
    },
    "OneKey": {
        "Registry": {GET, BATCH_GET},
        "Audit": {QUERY, PUT},
        "Witness": {GET, PUT},
        "Deadlines": {GET, BATCH_GET, QUERY, PUT},
        "UrgentQueue": {"sqs:SendMessage"},
        "LadderQueue": {"sqs:SendMessage"},
        "Ladder": RUN,
        "TokenKey": SECRET,
        "CallbackKey": SECRET,
        "OneKeyLogGroup": LOG,
    },
    "SignedIn": {"TokenKey": SECRET, "SignedInLogGroup": LOG},
    "APIHandler": {
        "Registry": {GET, QUERY, BATCH_GET, BATCH_WRITE, PUT, DELETE, UPDATE},
        "Series": {QUERY},
        "Deadlines": {GET, BATCH_GET, QUERY, PUT, DELETE, UPDATE, BATCH_WRITE},
        "LadderQueue": {SEND},
        "CodesQueue": {SEND},
        "Ladder": RUN,
        "CallbackKey": SECRET,
        "PushKey": SECRET,
        "Deadlines/index/alarms": {QUERY},
        "Deadlines/index/due": {QUERY},
        "Quarantine": {GET, QUERY},
        "Audit": {QUERY, PUT},
        "Witness": {GET, PUT},
        "TokenKey": SECRET,
        "ApiHandlerLogGroup": LOG,
    },
}


def test_nothing_is_wrong_with_it_in_either_partition(package: Package) -> None:
    assert findings(package) == []


@pytest.mark.parametrize("function", RIGHTS)
def test_a_function_may_do_what_it_needs_and_nothing_else(template: Template, function: str) -> None:
    role = target(template["Resources"][function]["Properties"]["Role"])
    (policy,) = template["Resources"][role]["Properties"]["Policies"]
    granted: dict[str, set[str]] = {}
    for statement in policy["PolicyDocument"]["Statement"]:
        if statement["Effect"] == "Deny":
            continue
        listed = statement["Resource"]
        for resource in listed if isinstance(listed, list) else [listed]:
            granted.setdefault(_named(resource), set()).update(statement["Action"])
    assert granted == RIGHTS[function]


def test_every_function_is_in_the_table_of_rights(template: Template) -> None:
    functions = {n for n, r in template["Resources"].items() if r["Type"] == "AWS::Serverless::Function"}
    assert functions == set(RIGHTS)


def test_chalice_carries_the_policies_through_untouched(template: Template, policies: Path) -> None:
    roles = [r for r in template["Resources"].values() if r["Type"] == "AWS::IAM::Role"]
    deployed = [p["PolicyDocument"] for role in roles for p in role["Properties"]["Policies"]]
    for file in policies.glob("policy-*.json"):
        assert json.loads(file.read_text()) in deployed, file.name


def test_functions_write_only_to_log_groups_that_forget(template: Template) -> None:
    for function in RIGHTS:
        group = target(template["Resources"][function]["Properties"]["LoggingConfig"]["LogGroup"])
        assert template["Resources"][group]["Properties"]["RetentionInDays"] == 30


@pytest.mark.parametrize(
    "schema", [REGISTRY, SERIES, DEADLINES, QUARANTINE, AUDIT, WITNESS], ids=lambda s: s.name
)
def test_tables_are_as_the_stores_use_them(template: Template, schema: TableSchema) -> None:
    table = template["Resources"][schema.name.title()]["Properties"]
    assert table["KeySchema"] == _keys("pk", "sk")
    types = {found["AttributeName"]: found["AttributeType"] for found in table["AttributeDefinitions"]}
    assert types == {name: schema.key_type(name) for name in types}
    indexes = {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes", [])}
    assert indexes.keys() == schema.indexes.keys()
    for name, keys in schema.indexes.items():
        assert indexes[name]["KeySchema"] == _keys(keys.hash_key, keys.range_key)
        assert tuple(indexes[name]["Projection"].get("NonKeyAttributes", [])) == (keys.includes or ())


@pytest.mark.parametrize(
    ("lane", "window_s", "batch"),
    [
        pytest.param("Telemetry", 5, 100, id="telemetry waits a little to be taken in batches"),
        pytest.param("Urgent", 0, 10, id="what is urgent does not wait"),
    ],
)
def test_lanes(template: Template, lane: str, window_s: int, batch: int) -> None:
    event = template["Resources"][lane]["Properties"]["Events"][f"{lane}SqsEventSource"]
    assert event["Properties"] == {
        "Queue": {"Fn::Sub": f"${{{lane}Queue.Arn}}"},
        "BatchSize": batch,
        "MaximumBatchingWindowInSeconds": window_s,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        **({"ScalingConfig": {"MaximumConcurrency": 20}} if lane == "Telemetry" else {}),
    }


@pytest.mark.parametrize("lane", ["telemetry", "urgent"])
def test_rules_pass_on_the_payload_untouched_beside_who_sent_it(template: Template, lane: str) -> None:
    rule = template["Resources"][f"{lane.title()}Rule"]["Properties"]
    assert rule["RuleName"] == f"shouwang_{lane}"
    assert rule["TopicRulePayload"]["Sql"] == (
        "SELECT encode(*, 'base64') AS raw, clientid() AS client_id, timestamp() AS received_at,"  # noqa: S608
        f" topic(2) AS community, topic(3) AS device FROM 'shouwang/+/+/{lane}'"
    )
    (action,) = rule["TopicRulePayload"]["Actions"]
    assert target(action["Sqs"]["QueueUrl"]) == f"{lane.title()}Queue"
    assert target(rule["TopicRulePayload"]["ErrorAction"]["Sqs"]["QueueUrl"]) == "RuleErrors"


def test_the_rules_may_only_send_to_their_queues(template: Template) -> None:
    (policy,) = template["Resources"]["RuleRole"]["Properties"]["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sqs:SendMessage"
    assert [target(r) for r in statement["Resource"]] == ["TelemetryQueue", "UrgentQueue", "RuleErrors"]


def test_a_device_may_only_publish_and_only_as_itself(template: Template) -> None:
    connect, publish = template["Resources"]["DevicePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (connect["Action"], publish["Action"]) == ("iot:Connect", "iot:Publish")
    assert connect["Condition"] == {"Bool": {"iot:Connection.Thing.IsAttached": "true"}}
    topics = [resource["Fn::Sub"].partition(":topic/")[2] for resource in publish["Resource"]]
    thing = "${!iot:Connection.Thing.ThingName}"
    assert topics == [
        f"$aws/rules/shouwang_telemetry/shouwang/*/{thing}/telemetry",
        f"$aws/rules/shouwang_urgent/shouwang/*/{thing}/urgent",
        f"shouwang/*/{thing}/telemetry",
        f"shouwang/*/{thing}/urgent",
    ]


def test_a_tick_that_fails_to_come_is_noticed(template: Template) -> None:
    alarm = template["Resources"]["TickMissingAlarm"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("Shouwang", "Ticks")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "shouwang"}]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "breaching"


def test_whatever_waits_for_a_person_has_an_operational_alarm(template: Template) -> None:
    watched = {
        (alarm["MetricName"], target(dimension["Value"]))
        for alarm in (_alarms(template))
        for dimension in alarm["Dimensions"]
    }
    for queue in ("TelemetryDeadLetters", "UrgentDeadLetters", "CodesDeadLetters", "RuleErrors"):
        assert ("ApproximateNumberOfMessagesVisible", queue) in watched
    for queue in ("TelemetryQueue", "UrgentQueue"):
        assert ("ApproximateAgeOfOldestMessage", queue) in watched
    assert ("Errors", "Tick") in watched
    assert {"Ticks", "FailedDeadlines"} <= {alarm["MetricName"] for alarm in _alarms(template)}


def test_operational_alarms_tell_somebody_if_there_is_somebody(template: Template) -> None:
    told = {"Fn::If": ["SomeoneIsTold", [{"Ref": "OperationsTopicArn"}], {"Ref": "AWS::NoValue"}]}
    assert all(alarm["AlarmActions"] == told for alarm in _alarms(template))


# All that API Gateway answers itself (its guide, "Gateway response types"), and the status it then has.
USUAL = {"malformed": 400, "internal": 500}
GATEWAY = {
    "DEFAULT_4XX": None,
    "DEFAULT_5XX": None,
    "BAD_REQUEST_PARAMETERS": 400,
    "BAD_REQUEST_BODY": 400,
    "UNAUTHORIZED": 401,
    "ACCESS_DENIED": 401,
    "EXPIRED_TOKEN": 401,
    "INVALID_SIGNATURE": 401,
    "INVALID_API_KEY": 403,
    "WAF_FILTERED": 403,
    "MISSING_AUTHENTICATION_TOKEN": 404,
    "RESOURCE_NOT_FOUND": 404,
    "REQUEST_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "THROTTLED": 429,
    "QUOTA_EXCEEDED": 429,
    "API_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
}


def test_the_gateway_answers_with_problems(template: Template) -> None:
    responses = template["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
    told = {kind: response.get("StatusCode") for kind, response in responses.items()}
    assert told == GATEWAY
    for response in responses.values():
        headers = response["ResponseParameters"]["Headers"]
        assert headers["Content-Type"] == "'application/problem+json'"
        assert headers["Access-Control-Allow-Origin"]["Fn::If"][0] == "OtherOriginsMayAsk"
        assert ("WWW-Authenticate" in headers) == (response.get("StatusCode") == 401)
        assert ("Retry-After" in headers) == (response.get("StatusCode") == 429)
        problem = json.loads(response["ResponseTemplates"]["application/json"])
        assert {"type", "title", "code", "instance"} <= set(problem)
        assert problem.get("status") == response.get("StatusCode")
        title_zh, title_en = TITLES[problem.get("status") or USUAL[problem["code"]]].values()
        assert problem["title"] == f"{title_zh} {title_en}".replace("can't", "cannot")


def test_no_other_origin_may_use_the_api_unless_it_is_named(template: Template) -> None:
    assert template["Parameters"]["CorsOrigins"]["Default"] == ""
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["CORS_ORIGINS"] == {"Ref": "CorsOrigins"}


ONE_KEY = {
    "/v1/residents/{resident_id}/one-key-calls": {"post", "options"},
    "/v1/residents/{resident_id}/one-key-calls/{call}": {"get", "head", "patch", "options"},
    "/v1/residents/{resident_id}/one-key-calls/{call}/cancellation": {"put", "options"},
    "/v1/residents/{resident_id}/one-key-card": {"get", "head", "options"},
    "/v1/hooks/inbound-call/{community}": {"post", "options"},
}


def test_what_varies_at_one_place_of_an_address_has_one_name(template: Template) -> None:
    """API Gateway takes one variable path part beside its siblings, and would refuse to deploy another."""
    names: dict[str, set[str]] = {}
    for path in template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]:
        parts = path.split("/")
        for place, part in enumerate(parts):
            if part.startswith("{"):
                names.setdefault("/".join(parts[:place]), set()).add(part)
    assert {place: found for place, found in names.items() if len(found) > 1} == {}


def test_the_one_key_has_a_function_of_its_own_that_no_authorizer_stands_before(template: Template) -> None:
    paths = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    theirs = {
        path: {method for method, told in methods.items() if _integrated(told, "OneKey")}
        for path, methods in paths.items()
    }
    assert {path: methods for path, methods in theirs.items() if methods} == ONE_KEY
    assert not [m for path in ONE_KEY for m, told in paths[path].items() if "security" in told]
    taken = {(method.upper(), path) for path in ONE_KEY for method in ONE_KEY[path] - {"head", "options"}}
    assert taken == set(Endpoint.PATHS)


def test_the_one_key_starts_without_chalice_and_is_never_crowded_out(template: Template) -> None:
    function = template["Resources"]["OneKey"]["Properties"]
    assert function["Handler"] == "chalicelib.onekey.function.handler"
    assert function["ReservedConcurrentExecutions"] == {"Ref": "OneKeyConcurrency"}


@pytest.mark.parametrize("function", ["OneKey", "Urgent", "Ladder"])
def test_what_a_press_goes_through_has_a_whole_processor_and_stays_ready(
    template: Template, function: str
) -> None:
    properties = template["Resources"][function]["Properties"]
    assert properties["MemorySize"] == 1769
    assert properties["Events"]["StayReady"]["Properties"]["Schedule"] == "rate(2 minutes)"


def test_presses_are_bounded_by_nothing_of_ours_and_signing_in_tightly(template: Template) -> None:
    settings = template["Resources"]["RestAPI"]["Properties"]["MethodSettings"]
    rates = {
        (one["ResourcePath"].replace("~1", "/")[1:], one["HttpMethod"].lower()): one["ThrottlingRateLimit"]
        for one in settings
    }
    account = 10_000  # what API Gateway gives an account
    assert {rates[path, method] for path in ONE_KEY for method in ONE_KEY[path]} == {account}
    assert rates["*", "*"] == {"Ref": "ApiRate"}
    for path in ("/v1/sign-in-codes", "/v1/sessions", "/v1/handsets"):
        assert rates[path, "post"] == 20


def test_a_web_acl_stands_before_it_where_there_is_one(template: Template) -> None:
    association = template["Resources"]["WebAclAssociation"]
    assert association["Condition"] == "HasWebAcl"
    assert association["Properties"]["WebACLArn"] == {"Ref": "WebAclArn"}


@pytest.mark.parametrize("region", REGIONS)
def test_no_secret_and_no_partition_is_written_into_it(template: Template, region: str) -> None:
    translated = translate(template, region)
    texts = [node for _, node in nodes(translated) if isinstance(node, str)]
    assert not [text for text in texts if "arn:aws:" in text or "arn:aws-cn:" in text]
    secret = translated["Resources"]["TokenKey"]["Properties"]
    assert "SecretString" not in secret


def _keys(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": hash_key, "KeyType": "HASH"},
        {"AttributeName": range_key, "KeyType": "RANGE"},
    ]


def _alarms(template: Template) -> list[dict[str, Any]]:
    resources = template["Resources"].values()
    return [r["Properties"] for r in resources if r["Type"] == "AWS::CloudWatch::Alarm"]


def _integrated(told: dict[str, Any], function: str) -> bool:
    """Whether a method of the API is answered by a function."""
    uri = told.get("x-amazon-apigateway-integration", {}).get("uri", {})
    return f"${{{function}.Arn}}" in str(uri)


def _named(resource: Any) -> str:
    """`Deadlines` for the table, `Deadlines/index/due` for an index."""
    for plain in (PROVIDERS, CONTACTS):  # made by whoever has accounts with providers
        if resource == {"Fn::Sub": plain}:
            return plain
    if resource == "*":
        return "*"
    named = target(resource)
    assert named is not None, resource
    return named + str(resource.get("Fn::Sub", "")).partition(".Arn}")[2]
