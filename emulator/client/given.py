"""What a test gives: criteria and rules, before they are sent."""

from collections.abc import Mapping
from typing import Any


def given(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said. Raises TypeError for a None, which would be taken as not said, and match any.

    So does the id that a response did not have: `find(id=answer.get("emailId"))` is about no mail, not all.
    """
    __tracebackhide__ = True
    for name, value in said.items():
        if value is None:
            raise TypeError(f"{name} is None: leave it out, or say what is meant")
    return {**said}
