"""The refusals and the paging of codes and templates."""

from collections.abc import Callable
from typing import Annotated, ClassVar, TypeVar

from fastapi import Query
from pydantic import Field

from emulator.rcs import refusals
from emulator.rcs.listing import Offset, Way
from emulator.rcs.models import Body
from emulator.rcs.refusals import RcsError, refusal
from emulator.rcs.values import Integer, between
from emulator.rcs.violations import BLANK, NOT_UNIQUE, too_many
from emulator.rcs.violations import INVALID as NOT_VALID

Id = TypeVar("Id", int, str)
INVALID = "The given data was invalid."
SERVICE = "TwoFA Service error."

AuthenticationNotFound = refusal("AuthenticationNotFound", 404, SERVICE, errors=("Authentication not found",))
WrongCode = refusal("WrongCode", 404, SERVICE, errors=("The code does not match the expected value",))
AuthenticationExpired = refusal("AuthenticationExpired", 422, SERVICE, errors=("Authentication expired",))
AuthenticationFailed = refusal("AuthenticationFailed", 422, SERVICE, errors=("Authentication failed status",))
AuthenticationCanceled = refusal(
    "AuthenticationCanceled", 422, SERVICE, errors=("Authentication canceled status",)
)
AuthenticationVerified = refusal(
    "AuthenticationVerified", 422, SERVICE, errors=("Authentication verified status",), inferred="all"
)
NoSuchTemplate = refusal("NoSuchTemplate", 404, SERVICE, errors=("Template not found",))
TemplateModelNotFound = refusal("TemplateModelNotFound", 404, "Model not found", has_errors=False)


def _invalid(name: str, text: str, inferred: str = "") -> type[RcsError]:
    return refusal(name, 422, INVALID, errors=(text,), inferred=inferred)


OtpTemplateNotFound = _invalid("OtpTemplateNotFound", "Template not found")
OtpTemplateNotAvailable = _invalid("OtpTemplateNotAvailable", "Template is not available.")
InvalidTemplateStatus = _invalid("InvalidTemplateStatus", "Invalid template status")
CountryNotAllowed = _invalid(
    "CountryNotAllowed",
    "The recipients phone number is located in a country that is not on the list of countries allowed for "
    "the selected template. Please register new message template.",
)
OtpInsufficientFunds = _invalid("OtpInsufficientFunds", "Insufficient funds")
OtpExistsOnStopList = _invalid("OtpExistsOnStopList", "Exists on the stop list")
OtpChannelInactive = _invalid("OtpChannelInactive", "User channel inactive")
OtpSenderNotFound = _invalid("OtpSenderNotFound", "Sender not found", inferred="all")
OnlyForManagersPhone = _invalid(
    "OnlyForManagersPhone",
    "This action is available for the account of your type only for your manager phone number.",
)
PendingLimit = _invalid("PendingLimit", "Authentication limit with status pending")
TotalLimit = _invalid("TotalLimit", "Total authentication limit")
VariableRequired = _invalid("VariableRequired", "The variable {code2fa} is required in the text")
VariableOnce = _invalid("VariableOnce", "The {code2fa} variable must occur only once in the text")
TemplateLimit = _invalid(
    "TemplateLimit",
    "The number of requests to create a template is limited to 10. Please wait for the manager approve "
    "before making a new request.",
)
IdenticalName = _invalid("IdenticalName", "User has a template with the identical name!")
NotForYourAccount = _invalid("NotForYourAccount", "This action is not available for the account of your type")
DefaultTemplate = _invalid("DefaultTemplate", "Default template is not available for deletion")

BY_STATUS = {
    "expired": AuthenticationExpired,
    "failed": AuthenticationFailed,
    "canceled": AuthenticationCanceled,
    "verified": AuthenticationVerified,
}
"""The refusal of a session that is not pending, by its status."""

BracketedIds = Annotated[list[str] | None, Query(alias="filter[ids][]", include_in_schema=False)]
"""Further ids, under an undocumented name, which is the same as `filter[ids]` in generated clients."""


class Paged(Body):
    most_ids: ClassVar[int]
    """How many ids may be asked for."""

    ids: list[str] | None = Field(None, alias="filter[ids]")
    offset: Offset = Field(0, alias="page[offset]")
    limit: Annotated[Integer, between(10, 500)] = Field(10, alias="page[limit]")
    way: Way = "asc"

    def wanted_ids(self, bracketed: list[str] | None, read: Callable[[str], Id | None]) -> list[Id]:
        """Return the ids of a query: repeated parameters or lists with commas. Raises GivenDataInvalid.

        Args:
            bracketed: The ids under the undocumented name.
            read: Returns the id that a text stands for; None if it is no id.
        """
        if self.ids is None and bracketed is None:
            return []
        texts = [one for text in (self.ids or []) + (bracketed or []) for one in text.split(",") if one]
        found = [one for one in map(read, texts) if one is not None]
        complaint = _complaint(len(texts), len(found), len(set(found)), self.most_ids)
        if complaint is not None:
            raise refusals.GivenDataInvalid({"filterids": [complaint]})
        return found


def _complaint(given: int, valid: int, different: int, most: int) -> str | None:
    if not given:
        return BLANK
    if given > most:
        return too_many(most)
    if valid < given:
        return NOT_VALID
    return NOT_UNIQUE if different < given else None
