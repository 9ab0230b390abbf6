"""The only place where services meet stores, channels and settings; a module for each capability."""

from chalicelib.wiring import (
    accounts,
    alarms,
    ground,
    http,
    notify,
    onekey,
    privacy,
    registry,
    rota,
    sight,
    telemetry,
    watch,
)
from chalicelib.wiring.ground import Ground, use

__all__ = [
    "Ground",
    "accounts",
    "alarms",
    "ground",
    "http",
    "notify",
    "onekey",
    "privacy",
    "registry",
    "rota",
    "sight",
    "telemetry",
    "use",
    "watch",
]
