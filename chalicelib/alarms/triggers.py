"""The ladder's queue: alarms that come back in seconds."""

from chalice.app import Blueprint, SQSEvent

from chalicelib import wiring
from chalicelib.kernel import clock
from chalicelib.kernel.observe import count, observed

triggers = Blueprint(__name__)


@triggers.on_sqs_message(queue="ladder", name="ladder", batch_size=1)
@observed
def ladder(event: SQSEvent) -> None:
    """Do what is due of an alarm."""
    for record in event:
        wiring.alarms.climber().climb(record.body, now=clock.now())
        count("Climbed")
