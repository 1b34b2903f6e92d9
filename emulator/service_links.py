"""Variables that Kubernetes and Docker put into the environment of containers, to link them to services.

For a service called `emulator`, or `emulator-smtp`, their names begin as those of our settings do.
"""

import re
from collections.abc import Mapping

NAME = re.compile(
    r"""EMULATOR_(?:\w+_)?(?:
        SERVICE_HOST | SERVICE_PORT(?:_\w+)?
        | PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:ADDR|PROTO|PORT|(?:PORT_)?(?:START|END)))?
    ) | EMULATOR_ENV_\w+""",
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
PORT = re.compile(r"EMULATOR_(?:\w+_)?PORT", re.ASCII | re.IGNORECASE)
ADDRESS = re.compile(r"(?:tcp|udp|sctp)://")
CONTAINER = re.compile(r"/[^/]+/[^/]+")
"""How Docker writes the name of a linked container: `/web/emulator`."""


def is_address(value: object) -> bool:
    """Return whether a value is the address of a linked service: `tcp://10.0.0.7:4610`."""
    return isinstance(value, str) and ADDRESS.match(value) is not None


def without_links(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of an environment that link to no service called `emulator`."""
    return {name: value for name, value in environment.items() if not _is_link(name, value)}


def _is_link(name: str, value: str) -> bool:
    if NAME.fullmatch(name):
        return True
    if name.upper() == "EMULATOR_NAME":
        return CONTAINER.fullmatch(value) is not None
    return PORT.fullmatch(name) is not None and is_address(value)
