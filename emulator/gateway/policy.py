"""Policies: the requirements of single operations, declared with the operation.

An endpoint names its policy with its request: `call: Annotated[Call, Policy(right="mailings.view")]`. Each
provider derives its own policy with what its dialect needs; an endpoint that names none has the usual one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Policy:
    """The policy of an operation, as far as all providers have it."""

    body_limit: int = 10 * MEBIBYTE
    """How many bytes a request body may have."""
    is_long: bool = False
    """Whether a request may be about all rows of a kind: another thread does it where there are many."""

    @property
    def has_bearer(self) -> bool:
        """Whether a credential stands in the `Authorization` header, and not elsewhere or nowhere."""
        return True


def policy_of(endpoint: Callable[..., Any]) -> Policy | None:
    """Return the policy in an endpoint's annotations, None where there is none."""
    for annotation in get_type_hints(endpoint, include_extras=True).values():
        if get_origin(annotation) is Annotated:
            for said in get_args(annotation)[1:]:
                if isinstance(said, Policy):
                    return said
    return None
