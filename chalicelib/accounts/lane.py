"""The message to whoever sends codes: to which number, for which challenge. It holds no code."""

import json
from dataclasses import asdict, dataclass

from chalicelib.kernel.errors import RefusedError


@dataclass(frozen=True, slots=True)
class CodeLetter:
    """A code is to be sent. `asked` says for the how manieth time."""

    phone: str
    challenge: str
    asked: int
    language: str

    def text(self) -> str:
        """The letter as it lies in the queue."""
        return json.dumps(asdict(self))


def read_code_letter(text: str) -> CodeLetter:
    """A letter out of the queue. Raises RefusedError."""
    try:
        told = json.loads(text)
        return CodeLetter(
            str(told["phone"]), str(told["challenge"]), int(told["asked"]), str(told["language"])
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RefusedError("This is no message about a code.") from error
