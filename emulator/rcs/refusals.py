"""The form of RCS refusals, and those that more than one section has.

The documentation names the texts of validation, of a wrong campaign status, of an unknown tariff or list and
of repeated requests; those of authentication and of the transport are inferred.
"""

from typing import Any, ClassVar

from emulator.rcs.violations import Violations, too_long
from emulator.sandbox.refusal import ProviderError


class RcsError(ProviderError):
    """A refusal `{"message", "errors"}`; `errors` is an empty list where no field is to blame."""

    text: ClassVar[str] = ""
    """The message, with `{}` for each value in it."""
    has_errors: ClassVar[bool] = True
    errors: Any = ()

    def __init__(self, *values: object) -> None:
        self.message = self.text.format(*values)
        super().__init__(self.message)

    def body(self) -> dict[str, Any]:
        """Return the whole body of the response."""
        return {"message": self.message} | ({"errors": self.errors or []} if self.has_errors else {})


def refusal(
    name: str,
    status: int,
    text: str,
    *,
    has_errors: bool = True,
    errors: tuple[str, ...] = (),
    inferred: str = "",
    example: tuple[str, ...] = (),
) -> type[RcsError]:
    """Make a refusal. Fault rules call it by its name.

    Args:
        name: The name of the variable that it is assigned to.
        status: Its HTTP status.
        text: Its `message`, with `{}` for each value in it.
        has_errors: Whether it has a list `errors`.
        errors: The texts in that list.
        inferred: The parts that the documentation does not say.
        example: The values of the documentation's example.
    """
    return RcsError.named(
        name,
        status=status,
        text=text,
        has_errors=has_errors,
        errors=errors,
        inferred=inferred,
        example_values=example,
    )


class GivenDataInvalid(RcsError):
    """Fields are missing or wrong: `errors` lists the complaints by field."""

    status = 422
    text = "The given data was invalid."

    def __init__(self, errors: Violations) -> None:
        super().__init__()
        self.errors = errors

    @classmethod
    def example(cls) -> "GivenDataInvalid":
        return cls({"phones0number": [too_long(15)]})


SyntaxFault = refusal("SyntaxFault", 400, "Syntax error", inferred="all")
ByteOrderMark = refusal(
    "ByteOrderMark", 400, "Syntax error: the body begins with a byte order mark", inferred="all"
)
TooManyValues = refusal(
    "TooManyValues",
    400,
    "Syntax error: {}",
    inferred="all",
    example=("there are more than 600000 values, or commas and brackets in texts",),
)
TokenNotFound = refusal("TokenNotFound", 401, "JWT Token not found", inferred="all")
InvalidToken = refusal("InvalidToken", 401, "Invalid JWT Token", inferred="all")
ExpiredToken = refusal("ExpiredToken", 401, "Expired JWT Token", inferred="all")
InvalidCredentials = refusal("InvalidCredentials", 401, "Invalid credentials.", inferred="all")
NotFound = refusal("NotFound", 404, "Not Found")
ModelNotFound = refusal("ModelNotFound", 404, "Model not found")
MethodNotAllowed = refusal("MethodNotAllowed", 405, "Method Not Allowed", inferred="all")
PayloadTooLarge = refusal("PayloadTooLarge", 413, "Payload Too Large", inferred="all")
UnsupportedMediaType = refusal("UnsupportedMediaType", 415, "Unsupported Media Type", inferred="all")
UnsupportedEncoding = refusal(
    "UnsupportedEncoding", 415, "Unsupported content encoding: {}", inferred="all", example=("gzip",)
)
InvalidCampaignStatus = refusal("InvalidCampaignStatus", 422, "Invalid campaign status")
TariffNotFound = refusal("TariffNotFound", 422, "Tariff was not found")
ContactGroupNotFound = refusal("ContactGroupNotFound", 422, "Contact group is not found")
# The documentation has it only for confirmation codes.
NotForThisAccount = refusal(
    "NotForThisAccount",
    422,
    "This action is not available for the account of your type",
    inferred="that other operations than its own refuse so",
)
InsufficientFunds = refusal("InsufficientFunds", 422, "Insufficient funds", inferred="all")
ExistsOnStopList = refusal("ExistsOnStopList", 422, "Exists on the stop list", inferred="all")
UserChannelInactive = refusal("UserChannelInactive", 422, "User channel inactive", inferred="all")
TooManyDuplicates = refusal("TooManyDuplicates", 429, "Too many duplicate request detected", has_errors=False)
InternalServerError = refusal("InternalServerError", 500, "Internal Server Error", inferred="all")
# The emulator's own refusal of a documented operation that it does not implement.
NotImplementedHere = refusal(
    "NotImplementedHere",
    501,
    "{} ({}) is documented, but not in this emulator yet",
    example=("An operation", "POST /api/operations"),
)
