"""Deploys a package into the embedded cloud as one would on AWS: upload, CloudFormation, outputs."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import ClientError

from infra.aws.package import Package
from infra.embedded.errors import DeployError

BUCKET = "shouwang-deployments"
DEPLOYED_WITHIN_S = 180
_POLL_S = 0.1
_DEPLOYED = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
_NEVER_CREATED = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}


class Clients(Protocol):
    """Makes boto3 clients by service name."""

    def __call__(self, service: str) -> Any: ...


class Deployer:
    """Creates or updates one stack."""

    def __init__(self, clients: Clients, stack_name: str) -> None:
        self._cloudformation = clients("cloudformation")
        self._s3 = clients("s3")
        self._dynamodb = clients("dynamodb")
        self._name = stack_name

    def outputs(self) -> dict[str, str] | None:
        """Those of the stack as it is deployed, or None when it isn't, or not soundly."""
        found = self._stack()
        if not found or found["StackStatus"] not in _DEPLOYED | {"UPDATE_ROLLBACK_COMPLETE"}:
            return None
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def deploy(self, package: Package, parameters: Mapping[str, str]) -> dict[str, str]:
        """Deploy `package` and return the stack's outputs. Raises DeployError with what failed."""
        template = self._upload(package)
        self._clear_failed()
        request = {
            "StackName": self._name,
            "TemplateURL": template,
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
        }
        self._apply(request)
        self._set_times_to_live(package.template)
        return self.outputs() or {}

    def _upload(self, package: Package) -> str:
        """Under names of their contents, so that a changed archive is a changed template."""
        if BUCKET not in {bucket["Name"] for bucket in self._s3.list_buckets()["Buckets"]}:
            self._s3.create_bucket(Bucket=BUCKET)
        template = package.template.read_text()
        for archive in (package.code, package.layer):
            key = f"{package.digest()[:16]}/{archive.name}"
            self._s3.upload_file(str(archive), BUCKET, key)
            template = template.replace(f'"./{archive.name}"', f'"s3://{BUCKET}/{key}"')
        key = f"{package.digest()[:16]}/{package.template.name}"
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=template.encode())
        return f"{self._s3.meta.endpoint_url}/{BUCKET}/{key}"

    def _apply(self, request: dict[str, Any]) -> None:
        cloudformation = self._cloudformation
        try:
            (cloudformation.update_stack if self._stack() else cloudformation.create_stack)(**request)
        except ClientError as error:
            if "No updates are to be performed" in str(error):
                return
            raise DeployError(f"CloudFormation refused the template: {error}") from error
        self._wait()
        if (self._stack() or {}).get("StackStatus") not in _DEPLOYED:
            raise DeployError(self._reasons())

    def _clear_failed(self) -> None:
        """Bring a stack that failed into a state that CloudFormation lets one change."""
        status = (self._stack() or {}).get("StackStatus")
        if status in _NEVER_CREATED:
            self._cloudformation.delete_stack(StackName=self._name)
            self._wait()
        elif status == "UPDATE_ROLLBACK_FAILED":
            raise DeployError(
                "An earlier deployment failed, and so did going back; nothing can be deployed over it:"
                " remove the folders state and objects of the cloud's home (its data go with them)."
            )

    def _wait(self) -> None:
        deadline = time.monotonic() + DEPLOYED_WITHIN_S
        while time.monotonic() < deadline:
            found = self._stack()
            if not found or not found["StackStatus"].endswith("_IN_PROGRESS"):
                return
            time.sleep(_POLL_S)
        raise DeployError(f"The stack was not deployed within {DEPLOYED_WITHIN_S} s.")

    def _stack(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._cloudformation.describe_stacks(StackName=self._name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return None if found["StackStatus"] == "DELETE_COMPLETE" else found

    def _reasons(self) -> str:
        events = self._cloudformation.describe_stack_events(StackName=self._name)["StackEvents"]
        failed = [
            f"  {event['LogicalResourceId']}: {event['ResourceStatusReason']}"
            for event in events
            if event["ResourceStatus"].endswith("FAILED") and event.get("ResourceStatusReason")
        ]
        latest = list(dict.fromkeys(failed))[:5]
        return "The stack could not be deployed and was rolled back:\n" + "\n".join(
            latest or ["  no reason given"]
        )

    def _set_times_to_live(self, template: Path) -> None:
        """The embedded CloudFormation forgets them."""
        resources = json.loads(template.read_text())["Resources"]
        wanted = {
            name: resource["Properties"]["TimeToLiveSpecification"]
            for name, resource in resources.items()
            if "TimeToLiveSpecification" in resource.get("Properties", {})
        }
        for name, specification in wanted.items():
            table = self._cloudformation.describe_stack_resource(StackName=self._name, LogicalResourceId=name)
            table_name = table["StackResourceDetail"]["PhysicalResourceId"]
            found = self._dynamodb.describe_time_to_live(TableName=table_name)["TimeToLiveDescription"]
            if found["TimeToLiveStatus"] != "ENABLED":
                self._dynamodb.update_time_to_live(
                    TableName=table_name, TimeToLiveSpecification=specification
                )
