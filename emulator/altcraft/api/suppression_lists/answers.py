"""The requests and responses that the pages of suppression lists share."""

from functools import partial
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from emulator.altcraft.choosing.suppression import Kind, read_entry
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import find
from emulator.altcraft.models import Asking, Code
from emulator.altcraft.tables.choosing import SuppressionList
from emulator.altcraft.values import Int64

ViewCall = Annotated[Call, Policy(right="suppressions.view")]
EditCall = Annotated[Call, Policy(right="suppressions.edit", deduplicated="by id")]

NAMES: dict[Kind, str] = {"email": "an e-mail address", "phone": "a phone number", "domain": "a domain"}


def _check(text: str, kind: Kind) -> str:
    try:
        read_entry(kind, text)
    except ValueError:
        raise ValueError(f"must be {NAMES[kind]} or its MD5") from None
    return text


def _digits(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


PhoneText = Annotated[str, BeforeValidator(_digits)]
"""A text that may be a phone. Clients also send its digits as a number."""

Email = Annotated[str, AfterValidator(partial(_check, kind="email"))]
Domain = Annotated[str, AfterValidator(partial(_check, kind="domain"))]
Phone = Annotated[PhoneText, AfterValidator(partial(_check, kind="phone"))]
"""A phone that can be in a list, or the MD5 of one."""


class ListById(Asking):
    id: Int64 = Field(description="List id")


class EmailOfList(ListById):
    email: Email


class DomainOfList(ListById):
    domain: Domain


class PhoneOfList(ListById):
    value: Phone


class Match(Code):
    matched: bool


class Matches(Match):
    domain_matched: bool = False
    email_matched: bool = False
    phone_matched: bool = False


def find_list(call: Call, number: int) -> SuppressionList:
    """Return the list with this id, if the token sees it. Raises ObjectNotFound."""
    return find(call, SuppressionList, number, "suppression list")
