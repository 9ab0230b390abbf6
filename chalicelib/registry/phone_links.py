"""The links by which a phone number's owner is found. Keys hold a number's name, never the number."""

from chalicelib.aws.items import Item
from chalicelib.kernel.phones import phone_name


def phone_key(number: str) -> str:
    """The partition of a phone number, by its name."""
    return f"phone#{number}"


def phone_link(community: str, kind: str, name: str, phone: str) -> list[Item]:
    """The link of a `person` or `resident` with this number (E.164); none without a number."""
    return [{"pk": phone_key(phone_name(phone)), "sk": f"{community}#{kind}#{name}"}] if phone else []


def read_link(sk: str) -> tuple[str, str, str]:
    """Community, kind and id in a link's range key."""
    community, kind, name = sk.split("#")
    return community, kind, name
