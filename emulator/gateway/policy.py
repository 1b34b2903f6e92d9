"""What is special about an operation, said where the operation is declared.

An endpoint says it beside its request: `call: Annotated[Call, Policy(right="mailings.view")]`. Each provider
has a policy of its own with what its dialect needs to know; an endpoint that says nothing has the usual one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Policy:
    """What holds for an operation of any provider."""

    body_limit: int = 10 * MEBIBYTE
    """How many bytes a request body may have."""


def policy_of(endpoint: Callable[..., Any]) -> Policy | None:
    """Return the policy that an endpoint's annotations hold, None where they hold none."""
    for annotation in get_type_hints(endpoint, include_extras=True).values():
        if get_origin(annotation) is Annotated:
            for said in get_args(annotation)[1:]:
                if isinstance(said, Policy):
                    return said
    return None
