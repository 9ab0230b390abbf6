"""Starts the functions' workers before anybody waits for them: a cold start costs about a second of CPU."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from infra.embedded.errors import DeployError
from infra.embedded.progress import Progress

# Nothing in any of these does anything: no records, no token, no path.
_NOTHING: Mapping[str, tuple[int, dict[str, Any]]] = {
    "APIHandlerName": (2, {}),
    "SignedInFunction": (
        2,
        {"type": "TOKEN", "authorizationToken": "", "methodArn": "arn:aws:execute-api:::none/api/GET/"},
    ),
    "OneKeyFunction": (1, {"httpMethod": "GET", "resource": "", "headers": {}}),
    "TelemetryFunction": (1, {"Records": []}),
    "UrgentFunction": (1, {"Records": []}),
}


def prewarm(functions: Any, outputs: Mapping[str, str], progress: Progress) -> None:
    """Invoke every function but the tick, which comes by itself, with nothing to do.

    Raises DeployError when one can't even start: a module that is missing, a setting that is not there.
    """
    calls = [(outputs[name], event) for name, (times, event) in _NOTHING.items() for _ in range(times)]
    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        for complaint in pool.map(lambda call: _complaint(functions, *call), calls):
            if complaint:
                progress.note(complaint)


def _complaint(functions: Any, name: str, event: dict[str, Any]) -> str:
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event))
    if "FunctionError" not in answer:
        return ""
    error = json.load(answer["Payload"])
    said = f"{error.get('errorType', 'Error')}: {error.get('errorMessage', '')}"
    if "init failed" in said or "ImportModuleError" in said or "ModuleNotFound" in said:
        raise DeployError(f"The function {name} does not start. {said}")
    return f"The function {name} started, and answered nothing with {said}"
