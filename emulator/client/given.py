"""The check of criteria and rules that a test gives, before they are sent."""

from collections.abc import Mapping
from typing import Any


def given(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that a test gives. Raises TypeError for a None, which would match as if left out.

    `find(id=answer.get("emailId"))` must not find any mail where the response has no id.
    """
    __tracebackhide__ = True
    for name, value in said.items():
        if value is None:
            raise TypeError(f"{name} is None: leave it out, or say what is meant")
    return {**said}
