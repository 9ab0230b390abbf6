"""Under which name somebody is told things: their inbox, their notices, their wishes. Pure.

Residents and people may have the same id, for each is unique only among its own kind. A person is told under
their id, a resident under a name that no id can be, so that neither ever reads, answers or loses the other's.
A public screen has a box that nobody writes to: it shows no person's, whatever its token is called.
"""

from chalicelib.kernel.caller import Caller, Role

_RESIDENT, _BOARD = "resident/", "board/"
"""No id holds a slash (`kernel.ids`)."""


def box_of_resident(resident: str) -> str:
    """A resident's box."""
    return f"{_RESIDENT}{resident}"


def box_of(role: Role, name: str) -> str:
    """The box of somebody in a role, by their id."""
    return box_of_resident(name) if role is Role.RESIDENT else name


def box_of_caller(caller: Caller) -> str:
    """The box that a caller may open."""
    if caller.role is Role.BOARD:
        return f"{_BOARD}{caller.name}"
    return box_of(caller.role, caller.name)


def whose(box: str) -> str:
    """The id of the person or resident whose box it is."""
    return box.rpartition("/")[2]
