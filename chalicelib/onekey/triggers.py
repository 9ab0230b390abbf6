"""Declares the one-key function to Chalice, which makes its role, log group and layer.

The merged template gives it `chalicelib.onekey.function.handler`, so that it starts without Chalice.
"""

from typing import Any

from chalice.app import Blueprint

from chalicelib.onekey import function

triggers = Blueprint(__name__)


@triggers.lambda_function(name="one_key")
def one_key(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer a proxy event of API Gateway."""
    return function.handler(event, context)
