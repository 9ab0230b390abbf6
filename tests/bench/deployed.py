"""What is deployed, as far as it decides how soon a message is taken: read from the template and from
Chalice's configuration, so that whoever changes them changes the figures.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from infra.aws.package import ROOT


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """A function's memory, its time, how many of it are kept free for it and how often a schedule keeps one
    ready (None: not at all).
    """

    memory_mb: int
    timeout_s: int
    reserved: int | None = None
    ready_every_s: int | None = None


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """A queue and its event source mapping; `most_at_once` is None when nothing caps it."""

    batch: int
    window_s: int
    visibility_s: int
    receives: int
    most_at_once: int | None = None


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (`!Ref X`) as their plain values."""


def _plain(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _plain)


def function_settings(name: str) -> FunctionSettings:
    """A function's settings, by the name that Chalice knows it by."""
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    own = config["stages"]["dev"]["lambda_functions"][name]
    resource = "".join(part.title() for part in name.split("_"))
    amended = _template()["Resources"][resource]["Properties"]
    reserved = amended.get("ReservedConcurrentExecutions")
    ready = amended.get("Events", {}).get("StayReady", {}).get("Properties", {}).get("Schedule")
    return FunctionSettings(
        memory_mb=own.get("lambda_memory_size", config["lambda_memory_size"]),
        timeout_s=own.get("lambda_timeout", config["lambda_timeout"]),
        reserved=_template()["Parameters"][reserved]["Default"] if reserved else None,
        ready_every_s=60 * int(ready.removeprefix("rate(").split()[0]) if ready else None,
    )


def queue_settings(name: str) -> QueueSettings:
    """The settings of a queue and of what reads it, by name, such as `ladder`."""
    resources = _template()["Resources"]
    queue = resources[f"{name.title()}Queue"]["Properties"]
    source = resources[name.title()]["Properties"]["Events"][f"{name.title()}SqsEventSource"]["Properties"]
    return QueueSettings(
        batch=source["BatchSize"],
        window_s=source.get("MaximumBatchingWindowInSeconds", 0),
        visibility_s=queue["VisibilityTimeout"],
        receives=queue["RedrivePolicy"]["maxReceiveCount"],
        most_at_once=source.get("ScalingConfig", {}).get("MaximumConcurrency"),
    )


@cache
def _template() -> dict[str, Any]:
    found: dict[str, Any] = yaml.load((ROOT / "infra/aws/template.yaml").read_text(), _Loader)  # noqa: S506
    return found
