"""What the pages of profiles share: what a request says of somebody."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from emulator.altcraft.formats import EmptyElement


def _object(value: object) -> object:
    return {} if isinstance(value, EmptyElement) else value


Data = Annotated[dict[str, Any], BeforeValidator(_object)]
"""The fields of a profile. An empty element of XML has none."""
