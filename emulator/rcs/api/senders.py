"""Senders of SMS and Viber messages, and requests to register them.

https://bsg.world/documentations/rest-api/senders/
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    model_validator,
)
from sqlmodel import col, select

from emulator.engine.clock import DAY
from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import refusals, senders
from emulator.rcs.dialect import Call
from emulator.rcs.listing import Offset, Way, page_of
from emulator.rcs.models import Body, Data, Listing, Model, Page
from emulator.rcs.tables.account import Sender, SenderRequest, SenderStatus, SenderType
from emulator.rcs.values import (
    MAX_ID,
    Integer,
    MaybeStamp,
    MomentOrDay,
    Stamp,
    Url,
    between,
    of_a_country,
    text_up_to,
)
from emulator.rcs.violations import ALREADY_USED, NOT_A_CHOICE, complaint

router = APIRouter(prefix="/api/senders", tags=["Senders"], route_class=OperationRoute)

Country = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]

IN_PROSE = {"in progress": "in_progress", "registration completed": "registered"}


class SenderAnswer(Model):
    id: int | None
    """None while the sender is being registered."""
    status: str
    country: str | None
    sender: str
    created_at: Stamp
    is_default: bool


class SendersQuery(Body):
    type: SenderType

    @model_validator(mode="before")
    @classmethod
    def _names_a_type(cls, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Refuse a missing type with the complaint about a wrong one."""
        if not content.get("type"):
            raise complaint(NOT_A_CHOICE, "type")
        return content


@router.get("", responses=refuses(refusals.GivenDataInvalid))
async def list_senders(call: Call, query: Annotated[SendersQuery, Query()]) -> Listing[SenderAnswer]:
    """Return the senders of SMS or of Viber messages, with those that are being registered.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, senders
    """
    order = col(Sender.is_default).desc(), col(Sender.id)
    rows = call.db.exec(select(Sender).where(Sender.type == query.type).order_by(*order)).all()
    found = [SenderAnswer.of(row, sender=row.name) for row in rows]
    waiting = select(SenderRequest).where(
        SenderRequest.type == query.type, col(SenderRequest.status).not_in({"registered", "rejected"})
    )
    found += [
        SenderAnswer.of(row, id=None, status="registering", country=row.country_code, is_default=False)
        for row in call.db.exec(waiting.order_by(col(SenderRequest.id)))
    ]
    return Listing(data=found, total=len(found))


class RequestAnswer(Model):
    """A request to register a sender, as the response to it shows it."""

    id: int
    status: str
    type: str
    created_at: Stamp
    country_code: str
    sender: str
    code_of_company: str
    site_url: str | None
    informing_purpose: str
    comment: str | None
    description: str


class PersonsRequest(RequestAnswer):
    name: str | None


class CompanysRequest(RequestAnswer):
    tax_number: str | None
    legal_name: str | None
    address: str | None


class ListedRequest(PersonsRequest, CompanysRequest):
    registered_at: MaybeStamp
    status_changed_at: MaybeStamp
    rejection_reason: str | None


class RequestFilters(Body):
    limit: Annotated[Integer, between(30, 500)] = Field(50, alias="page[limit]")
    offset: Offset = Field(0, alias="page[offset]")
    sort: Literal["id", "sender", "status", "country_code", "created_at"] = "id"
    way: Way = "asc"
    status: (
        Annotated[
            SenderStatus,
            BeforeValidator(lambda value: IN_PROSE.get(value, value) if isinstance(value, str) else value),
        ]
        | None
    ) = Field(None, alias="filter[status]")
    id: Integer | None = Field(None, ge=1, le=MAX_ID, alias="filter[id]")
    country_code: Country | None = Field(None, alias="filter[country_code]")
    sender: str | None = Field(None, min_length=1, max_length=15, alias="filter[sender]")
    created_at: MomentOrDay | None = Field(None, alias="filter[created_at]")


@router.get("/requests/sms", responses=refuses(refusals.GivenDataInvalid))
async def sender_registration_requests(
    call: Call, filters: Annotated[RequestFilters, Query()]
) -> Page[ListedRequest]:
    """Page through the requests to register senders, for SMS and Viber.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, sender_requests
    https://bsg.world/documentations/rest-api/senders/get-sms-senders-status-request/
    """
    wanted = select(SenderRequest)
    for name in ("status", "id", "country_code", "sender"):
        value = getattr(filters, name)
        if value is not None:
            wanted = wanted.where(getattr(SenderRequest, name) == value)
    if filters.created_at is not None:
        midnight = filters.created_at - filters.created_at % DAY
        wanted = wanted.where(col(SenderRequest.created_at).between(midnight, midnight + DAY - 1))
    order: tuple[Any, ...] = (col(getattr(SenderRequest, filters.sort)), col(SenderRequest.id))
    rows, meta = page_of(call, wanted, order, filters)
    return Page(data=[ListedRequest.of(row) for row in rows], meta=meta)


def text(longest: int) -> Any:
    return StringConstraints(min_length=1, max_length=longest)


class NewRequest(Body):
    country_code: Annotated[Country, AfterValidator(of_a_country)]
    type: SenderType
    sender: Annotated[str, StringConstraints(pattern="^([A-Za-z0-9]{1,11}|[0-9]{1,15})$")]
    code_of_company: Annotated[str, text(30)]
    description: Annotated[str, text(1000)]
    informing_purpose: Annotated[str, text(1000)]
    site_url: Annotated[Url, text_up_to(150)] | None = None
    comment: Annotated[
        Annotated[str, text(1000)] | None, BeforeValidator(lambda value: None if value == "" else value)
    ] = None


REFUSALS = refuses(refusals.GivenDataInvalid, refusals.NotForThisAccount, refusals.TooManyDuplicates)


class NewRequestOfCompany(NewRequest):
    tax_number: Annotated[str, text(30)]
    legal_name: Annotated[str, text(100)] | None = None
    address: Annotated[str, text(200)] | None = None
    juridical_name: Annotated[str, text(100)] | None = Field(None, exclude=True)
    juridical_address: Annotated[str, text(200)] | None = Field(None, exclude=True)

    @classmethod
    def without_effect(cls, content: Mapping[str, Any]) -> set[str]:
        """Return the second spellings of fields, which have no effect if the first ones are there."""
        spellings = {"legal_name": "juridical_name", "address": "juridical_address"}
        return {other for name, other in spellings.items() if content.get(name) is not None}

    @model_validator(mode="after")
    def _has_either_spelling(self) -> "NewRequestOfCompany":
        """Take either spelling: the schema requires fields by names that it does not define."""
        self.legal_name = self.legal_name or self.juridical_name
        self.address = self.address or self.juridical_address
        return self


@router.post("/requests/legal", status_code=201, responses=REFUSALS)
async def register_sender_of_company(call: Call, body: NewRequestOfCompany) -> Data[CompanysRequest]:
    """Ask to register a sender in the name of a company.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, sender_request_legal
    https://bsg.world/documentations/rest-api/senders/sms-sender-registration-by-a-legal-entity/
    """
    return Data(data=CompanysRequest.of(_submitted(call, body)))


class NewRequestOfPerson(NewRequest):
    name: Annotated[str, text(100)]


@router.post("/requests/natural", status_code=201, responses=REFUSALS)
async def register_sender_of_person(call: Call, body: NewRequestOfPerson) -> Data[PersonsRequest]:
    """Ask to register a sender in the name of a person.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, sender_request_natural
    https://bsg.world/developers/rest-api/sms-sender-registration-by-an-individual
    """
    return Data(data=PersonsRequest.of(_submitted(call, body)))


def _submitted(call: Call, body: NewRequest) -> SenderRequest:
    if call.account.mode != "live":
        raise refusals.NotForThisAccount
    if senders.is_taken(call.db, body.type, body.sender, body.country_code):
        raise refusals.GivenDataInvalid({"sender": [ALREADY_USED]})
    number = call.turn.ids.number(senders.REQUEST_IDS)
    made = SenderRequest(id=number, created_at=call.now, **body.model_dump())
    senders.submit(call.turn, made)
    return made
