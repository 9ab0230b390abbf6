"""A deployed stack, on AWS or in the embedded cloud: how to reach it, and what its resources are called.

Commands and tests ask `current_stack()`. On AWS set SHOUWANG_STACK to the CloudFormation stack's name;
credentials and region come from the AWS settings everybody has (AWS_PROFILE, AWS_REGION). Otherwise it is the
embedded one.
"""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.kernel.errors import ShouwangError

DEFAULT_HOME = Path(__file__).resolve().parents[1] / ".shouwang"
HOME_VARIABLE = "SHOUWANG_HOME"
STACK_NAME = "shouwang"


class StackNotReachableError(ShouwangError):
    """There is no such stack, it isn't running, or we may not look at it."""

    code = "no_stack"


@dataclass(frozen=True, slots=True)
class Stack:
    """Where a stack is, how to speak to it. Only an embedded one has an `endpoint_url`, keys, a `ca_file`."""

    name: str
    region: str
    outputs: Mapping[str, str]
    api_url: str
    mqtt_host: str
    mqtt_port: int
    ca_file: Path | None = None
    endpoint_url: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    browser_url: str | None = None

    def output(self, name: str) -> str:
        """Raises StackNotReachableError when what is deployed is older than this code."""
        try:
            return self.outputs[name]
        except KeyError:
            raise StackNotReachableError(
                f"The stack {self.name} has no output {name}: it is of another version. Deploy it again."
            ) from None

    def session(self) -> boto3.Session:
        return boto3.Session(
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            region_name=self.region,
        )

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client with the operator's own rights. S3 always signs with version 4."""
        config = Config(signature_version="s3v4" if service == "s3" else None, retries={"mode": "standard"})
        return self.session().client(service, endpoint_url=self.endpoint_url, config=config, **options)

    def operator(self) -> str:
        """Who works on it from here, as AWS knows them."""
        return str(self.client("sts").get_caller_identity()["Arn"])

    def environment(self) -> dict[str, str]:
        """What the application's settings and SDK read, so that its code can run here against this stack."""
        found = {
            "REGISTRY_TABLE": self.output("RegistryTable"),
            "SERIES_TABLE": self.output("SeriesTable"),
            "DEADLINES_TABLE": self.output("DeadlinesTable"),
            "QUARANTINE_TABLE": self.output("QuarantineTable"),
            "AUDIT_TABLE": self.output("AuditTable"),
            "WITNESS_TABLE": self.output("WitnessTable"),
            "TOKEN_KEY_SECRET": self.output("TokenKeyArn"),
            "PUSH_SECRET": self.output("PushKeyArn"),
            "CALLBACK_KEY_SECRET": self.output("CallbackKeyArn"),
            "SEAL_KEY_SECRET": self.output("SealKeyArn"),
            "URGENT_QUEUE_URL": self.output("UrgentQueueUrl"),
            "LADDER_QUEUE_URL": self.output("LadderQueueUrl"),
            "DEADLINE_SHARDS": self.output("DeadlineShards"),
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
        }
        if self.endpoint_url and self.access_key_id and self.secret_access_key:
            found["AWS_ENDPOINT_URL"] = self.endpoint_url
            found["AWS_ACCESS_KEY_ID"] = self.access_key_id
            found["AWS_SECRET_ACCESS_KEY"] = self.secret_access_key
        return found

    def write(self, file: Path) -> None:
        """Readable by its owner alone: the keys in it open everything in the embedded cloud."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        text = json.dumps({**fields, "outputs": dict(self.outputs)}, indent=1, default=str) + "\n"
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(text)


def current_stack() -> Stack:
    """The stack that SHOUWANG_STACK names on AWS, or the embedded one, in SHOUWANG_HOME if that is set.

    Raises StackNotReachableError, saying what to do.
    """
    name = os.environ.get("SHOUWANG_STACK")
    home = os.environ.get(HOME_VARIABLE)
    return stack_on_aws(name) if name else embedded_stack(Path(home) if home else DEFAULT_HOME)


def embedded_stack(home: Path = DEFAULT_HOME) -> Stack:
    """The stack running in `home`. Raises StackNotReachableError when none is."""
    try:
        fields = json.loads((home / "stack.json").read_text())
    except ValueError:
        raise StackNotReachableError(
            f"{home / 'stack.json'} can't be read; start the stack again with `shouwang demo`."
        ) from None
    except FileNotFoundError:
        raise StackNotReachableError(
            "No stack is running here. Start one with `shouwang demo`, or name one with SHOUWANG_STACK."
        ) from None
    stack = Stack(**{**fields, "ca_file": Path(fields["ca_file"])})
    if not _listens(stack.endpoint_url or ""):
        raise StackNotReachableError(
            f"The embedded cloud no longer answers at {stack.endpoint_url}. Start it with `shouwang demo`."
        )
    return stack


def stack_on_aws(name: str) -> Stack:
    """The CloudFormation stack `name` in the account and region of the caller's AWS settings."""
    session = boto3.Session()
    try:
        found = session.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        data = session.client("iot").describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"]
    except (BotoCoreError, ClientError) as error:
        raise StackNotReachableError(f"The stack {name} can't be read: {error}") from error
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    return Stack(
        name=name,
        region=session.region_name,
        outputs=outputs,
        api_url=outputs.get("EndpointURL", ""),
        mqtt_host=data,
        mqtt_port=8883,
    )


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=2).close()
    except OSError:
        return False
    return True
