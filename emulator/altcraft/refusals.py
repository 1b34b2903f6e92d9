"""How Altcraft refuses: the code in `error` and the text in `error_text`.

Codes 400 to 403 are documented at https://guides.altcraft.com/en/developer-guide/api-interaction; the other
codes, and all texts but those of 401 and 402, are inferred.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

from emulator.reasons import reason_of
from emulator.sandbox.refusal import ProviderError

MAX_PLACE = 200
"""How many characters of a wrong field's name a refusal repeats."""


class AltcraftError(ProviderError):
    """A refusal `{"data": null, "error": <status>, "error_text": <text>}`."""

    is_transport: ClassVar[bool] = False
    """Whether its HTTP status is always its code: no operation of Altcraft made the response."""
    text: ClassVar[str] = ""
    """The text, with `{}` for each value."""

    def __init__(self, *values: object) -> None:
        self.values = values or self.example_values
        """The values in its text."""
        self.place = ""
        """The path of the wrong field in the request, if the text does not name it."""
        self.message = self.text.format(*self.values)
        super().__init__(self.message)

    def at(self, place: str) -> Self:
        """Set the path of the wrong field in the request; return the refusal."""
        self.place = place
        return self

    def kept(self) -> Self:
        """Drop its traceback, which takes long to free if very many are kept; return the refusal."""
        self.__traceback__ = self.__cause__ = self.__context__ = None
        return self


def refusal(
    name: str,
    status: int,
    text: str,
    *,
    inferred: str = "",
    example: tuple[object, ...] = (),
    is_transport: bool = False,
) -> type[AltcraftError]:
    """Make the class of a refusal. Fault rules use its name.

    Args:
        name: The name of the class.
        status: The code, which is also the HTTP status if that is mirrored.
        text: The `error_text`, with `{}` for each value.
        inferred: What the documentation does not say: `text`, `code` or `all`.
        example: The values in the example of the OpenAPI document.
        is_transport: Whether the HTTP status is always the code.
    """
    return AltcraftError.named(
        name,
        status=status,
        text=text,
        inferred=inferred,
        example_values=example,
        is_transport=is_transport,
    )


# A parameter is missing or wrong, or the body is malformed.
IncorrectRequest = refusal(
    "IncorrectRequest", 400, "Incorrect request: {}: {}", inferred="text", example=("id", "Field required")
)


NO_OBJECT = frozenset({"dict_type", "model_type", "model_attributes_type"})
"""Pydantic's errors for a value that should be an object. Their texts have Python's words."""

LENGTHS = {"too_short": ("at least", "min_length"), "too_long": ("at most", "max_length")}
"""Pydantic's errors for the length of lists. Their texts count the items after the validation."""


def incorrect(place: Iterable[object], problem: Mapping[str, Any]) -> AltcraftError:
    """Return the refusal of a wrong field, by its place and pydantic's error."""
    parts = [*map(str, place)]
    if parts[-1:] == ["[key]"]:
        return IncorrectRequest(".".join(parts[:-2])[:MAX_PLACE], f"a name: {reason_of(problem)}")
    field = ".".join(parts)[:MAX_PLACE] or "body"
    kind = str(problem.get("type"))
    if kind in NO_OBJECT:
        return IncorrectRequest(field, "Input should be a valid object")
    if kind in LENGTHS:
        words, name = LENGTHS[kind]
        number = problem["ctx"][name]
        return IncorrectRequest(field, f"must have {words} {number} item{'s' * (number != 1)}")
    return IncorrectRequest(field, reason_of(problem))


# The object's state does not allow the action.
WrongState = refusal(
    "WrongState", 400, "Incorrect request: {} {} is {}", inferred="text", example=("mailing", 12, "completed")
)
TokenRequired = refusal("TokenRequired", 401, "API token required")
# The credential of an app is no resource token, and no JWT that is signed with a resource's secret.
InvalidToken = refusal("InvalidToken", 401, "Invalid token", inferred="all")
UnknownLink = refusal("UnknownLink", 404, "Not found", inferred="all")
TariffLimitReached = refusal("TariffLimitReached", 402, "Tariff limit reached")
# The token is unknown, or lacks the right that the operation needs.
AccessDenied = refusal("AccessDenied", 403, "Access denied", inferred="text")
UnsupportedEncoding = refusal(
    "UnsupportedEncoding",
    415,
    "Unsupported content encoding: {}",
    inferred="all",
    example=("gzip",),
    is_transport=True,
)
# There is no such object, or it is in groups that the token does not see.
ObjectNotFound = refusal(
    "ObjectNotFound", 404, "Object not found: {} {}", inferred="all", example=("mailing", 12)
)
# No profile matches; the text has the match's field and value.
ProfileNotFound = refusal(
    "ProfileNotFound",
    404,
    "Object not found: profile {}",
    inferred="all",
    example=("email=ann@example.com",),
)
SubscriptionNotFound = refusal(
    "SubscriptionNotFound",
    404,
    "Object not found: subscription {} {}",
    inferred="all",
    example=("email", "ann@example.com"),
)
# Several profiles match.
ManyProfilesMatch = refusal(
    "ManyProfilesMatch",
    409,
    "More than one profile matches: {}",
    inferred="all",
    example=("phone=+79000000001",),
)
AlreadyExists = refusal(
    "AlreadyExists",
    409,
    "Already exists: {} {}",
    inferred="all",
    example=("profile", "email=ann@example.com"),
)
# The data of a profile has a field that its database does not have, or a wrong value.
IncorrectField = refusal(
    "IncorrectField", 440, 'with field "{}": Incorrect field', inferred="code", example=("age",)
)
# The data of a subscription can not be stored.
InvalidField = refusal(
    "InvalidField",
    440,
    'field "{}" is not valid: {}',
    inferred="code",
    example=("subscriptions.cats", "category not found in resource"),
)
MethodNotFound = refusal("MethodNotFound", 404, "Method not found", inferred="all", is_transport=True)
MethodNotAllowed = refusal("MethodNotAllowed", 405, "Method not allowed", inferred="all", is_transport=True)
RequestTooLarge = refusal(
    "RequestTooLarge",
    413,
    "Request is too large: more than {} MB",
    inferred="all",
    example=(10,),
    is_transport=True,
)
InternalError = refusal("InternalError", 500, "Internal error", inferred="all", is_transport=True)
# The emulator's own: the operation is documented, and not built yet.
NotImplementedHere = refusal(
    "NotImplementedHere",
    501,
    "{} ({}) is documented, but not in this emulator yet",
    example=("An operation", "POST /api/v1.1/operations"),
    is_transport=True,
)
