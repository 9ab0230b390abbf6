"""What the deployment tells the code: the only reader of the environment."""

import os
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Settings:
    """Names of the stack's resources.

    None of them is a secret; secrets are fetched by name where they are used.
    """

    registry_table: str
    series_table: str
    deadlines_table: str
    quarantine_table: str
    audit_table: str
    witness_table: str
    token_key_secret: str
    push_secret: str
    callback_key_secret: str
    seal_key_secret: str
    ladder_queue_url: str
    ladder_function: str
    urgent_queue_url: str
    codes_queue_url: str
    deadline_shards: int


@cache
def settings() -> Settings:
    """The settings of this process. Raises KeyError, naming the variable, when the deployment forgot one."""
    return Settings(
        registry_table=os.environ["REGISTRY_TABLE"],
        series_table=os.environ["SERIES_TABLE"],
        deadlines_table=os.environ["DEADLINES_TABLE"],
        quarantine_table=os.environ["QUARANTINE_TABLE"],
        audit_table=os.environ["AUDIT_TABLE"],
        witness_table=os.environ["WITNESS_TABLE"],
        token_key_secret=os.environ["TOKEN_KEY_SECRET"],
        push_secret=os.environ["PUSH_SECRET"],
        callback_key_secret=os.environ["CALLBACK_KEY_SECRET"],
        seal_key_secret=os.environ["SEAL_KEY_SECRET"],
        ladder_queue_url=os.environ["LADDER_QUEUE_URL"],
        ladder_function=os.environ.get("LADDER_FUNCTION", ""),
        urgent_queue_url=os.environ.get("URGENT_QUEUE_URL", ""),
        codes_queue_url=os.environ.get("CODES_QUEUE_URL", ""),
        deadline_shards=int(os.environ.get("DEADLINE_SHARDS", "1")),
    )


def cors_origins() -> str:
    """The origins whose pages may use the API, with commas between them; `*` for all, empty for none."""
    return os.environ.get("CORS_ORIGINS", "")
