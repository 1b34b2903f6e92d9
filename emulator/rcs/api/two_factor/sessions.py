"""Sessions: sending a code, entering it, sending another one, cancelling.

https://telcowwt.com/documentations/rest-api/2fa-api/
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Path, Query
from pydantic import BeforeValidator, Field, StringConstraints
from sqlmodel import col, func, select
from starlette.responses import JSONResponse

from emulator import spelling
from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import refusals, two_factor
from emulator.rcs.api.two_factor import answers
from emulator.rcs.api.two_factor.answers import BracketedIds, Paged
from emulator.rcs.channels import NOT_YET_SENT, SMS
from emulator.rcs.dialect import Call
from emulator.rcs.listing import find, page_of
from emulator.rcs.models import Body, Data, Listed, Model
from emulator.rcs.money import cost
from emulator.rcs.periods import whole_days
from emulator.rcs.recipients import stop_listed
from emulator.rcs.sends import checks
from emulator.rcs.sends.content import OwnSmsSenderName
from emulator.rcs.tables.two_factor import OtpSession, OtpSettings, OtpTemplate, SessionStatus
from emulator.rcs.values import Integer, MaybeStamp, MomentOrDay, Money, PhoneNumber, Stamp, between
from emulator.rcs.violations import INVALID, complaint
from emulator.sending.messages import Message
from emulator.storage.tables import among

router = APIRouter(
    prefix="/api/2fa/authentications", tags=["Two-factor (2FA): codes"], route_class=OperationRoute
)

ChannelName = Annotated[
    Literal["sms", "viber"], BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)
]
SessionId = Annotated[str, Path(alias="id", description="Session id, a UUID.")]


class Authentication(Model):
    id: str
    recipient: str
    status: str
    channel: str
    sender: str
    sender_alt: str | None
    message_text: str
    code_lifetime: int
    code_max_tries: int
    code_digits: int
    price: Money
    currency: str
    country_code: str
    expired_at: Stamp
    created_at: Stamp
    finished_at: MaybeStamp


class SentCode(Model):
    """A message with a code."""

    id: int
    recipient: str
    status: Literal["sent", "accepted"]
    channel: str
    sender: str
    price: Money
    currency: str
    sent_at: MaybeStamp
    created_at: Stamp


class AuthenticationWithMessages(Authentication):
    messages: list[SentCode]


class BareAuthentication(Authentication):
    """A session on the top level, as in the samples, and also in `data`, as schema and SDKs want it."""

    data: Authentication


SenderName = Annotated[str, StringConstraints(pattern="^([ -~]{3,11}|[0-9]{3,15})$")]


class NewCode(Body):
    recipient: PhoneNumber
    channel: ChannelName
    sender: SenderName
    sender_alt: OwnSmsSenderName | None = None
    template_id: Annotated[Integer, between(1, 999_999_999)]
    code_lifetime: Annotated[Integer, between(30, 300)]
    code_max_tries: Annotated[Integer, between(1, 5)]
    code_digits: Annotated[Integer, between(3, 9)]

    @classmethod
    def without_effect(cls, content: Mapping[str, Any]) -> set[str]:
        """Return the sender of the substitute SMS, which an SMS itself does not have."""
        return {"sender_alt"} if str(content.get("channel")).lower() == SMS else set()


@router.post(
    "/otp",
    status_code=201,
    responses=refuses(
        refusals.GivenDataInvalid,
        answers.OnlyForManagersPhone,
        answers.OtpTemplateNotFound,
        answers.OtpTemplateNotAvailable,
        answers.InvalidTemplateStatus,
        answers.CountryNotAllowed,
        answers.OtpChannelInactive,
        answers.OtpSenderNotFound,
        answers.OtpExistsOnStopList,
        answers.PendingLimit,
        answers.TotalLimit,
        answers.OtpInsufficientFunds,
        refusals.TooManyDuplicates,
    ),
)
async def send_otp(call: Call, body: NewCode) -> BareAuthentication:
    """Make a code, and send it by SMS or Viber in the text of a template.

    https://telcowwt.com/documentations/rest-api/2fa-api/
    github.com/bsgworld/go-sdk v2/api/openapi.yaml, send_otp
    """
    country = two_factor.country_of(call.db, body.recipient)
    _check_mode(call, body.recipient)
    template = _checked_template(call, body.template_id, country)
    _check_senders(call, body)
    _check_recipient(call, body)
    _check_limits(call)
    made = OtpSession(
        id=call.turn.ids.uuid("rcs.otp"),
        message_text=template.text,
        code="",
        country_code=country,
        created_at=call.now,
        expired_at=call.now,
        **body.model_dump(exclude={"template_id"}),
    )
    call.db.add(made)
    _send(call, made)
    return _bare(call, made)


@router.post(
    "/otp/{id}/resend",
    responses=refuses(
        refusals.GivenDataInvalid,
        answers.AuthenticationNotFound,
        *answers.BY_STATUS.values(),
        answers.OnlyForManagersPhone,
        answers.OtpChannelInactive,
        answers.OtpExistsOnStopList,
        answers.OtpInsufficientFunds,
        refusals.TooManyDuplicates,
    ),
)
async def resend_otp(call: Call, session_id: SessionId) -> BareAuthentication:
    """Send a new code to the same phone; the former code is void.

    An account that would not send the first code does not send another one, either (inferred).

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, resend_otp
    """
    session = _pending(call, session_id)
    _check_mode(call, session.recipient)
    _check_channel(call, session.channel)
    _send(call, session)
    return _bare(call, session)


CODE = "^[0-9]{3,9}$"


def _code(value: object) -> object:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not re.fullmatch(CODE, text):
        raise complaint(INVALID)
    return text


class EnteredCode(Body):
    # An empty code is refused as one that is not three to nine digits, not as a missing one.
    access_code: Annotated[
        str,
        StringConstraints(pattern=CODE),
        BeforeValidator(_code),
        BeforeValidator(lambda value: value or 0),
    ]


@router.post(
    "/otp/{id}/verify",
    responses=refuses(
        refusals.GivenDataInvalid,
        answers.AuthenticationNotFound,
        answers.WrongCode,
        *answers.BY_STATUS.values(),
        refusals.TooManyDuplicates,
    ),
    response_model=BareAuthentication,
)
async def verify_otp(
    call: Call, session_id: SessionId, body: EnteredCode
) -> BareAuthentication | JSONResponse:
    """Enter a code. A wrong one takes one of the tries, and the last of them ends the session.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, verify_otp
    """
    session = _pending(call, session_id)
    if two_factor.enter(call.turn, session, body.access_code):
        return _bare(call, session)
    wrong = answers.WrongCode()  # returned: raising it would undo the counting of the try
    return JSONResponse(wrong.body(), wrong.status)


@router.post(
    "/{id}/cancel",
    responses=refuses(
        answers.AuthenticationNotFound, *answers.BY_STATUS.values(), refusals.TooManyDuplicates
    ),
)
async def cancel_otp_session(call: Call, session_id: SessionId) -> BareAuthentication:
    """End a session before its code was entered. Nothing is paid back.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, cancel_otp
    """
    session = _pending(call, session_id)
    two_factor.finish(call.turn, session, "canceled")
    return _bare(call, session)


class SessionFilters(Paged):
    most_ids = 3

    since: MomentOrDay = Field(alias="filter[from]")
    until: MomentOrDay = Field(alias="filter[to]")
    status: SessionStatus | None = Field(None, alias="filter[status]")
    channel: ChannelName | None = Field(None, alias="filter[channel]")
    recipient: str | None = Field(None, min_length=1, alias="filter[recipient]")
    country_code: str | None = Field(None, min_length=1, alias="filter[country_code]")
    sort: Literal["id", "status", "channel", "recipient", "created_at", "finished_at", "country_code"] = "id"


@router.get("", responses=refuses(refusals.GivenDataInvalid))
async def otp_sessions(
    call: Call, filters: Annotated[SessionFilters, Query()], bracketed: BracketedIds = None
) -> Data[Listed[AuthenticationWithMessages]]:
    """Page through the sessions that were made on some days.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, otp_list
    """
    days = whole_days(filters.since, filters.until, call.now)
    wanted = select(OtpSession).where(col(OtpSession.created_at).between(*days))
    for name in ("status", "channel", "recipient", "country_code"):
        value = getattr(filters, name)
        if value is not None:
            wanted = wanted.where(getattr(OtpSession, name) == value)
    ids = filters.wanted_ids(bracketed, spelling.uuid)
    if ids:
        wanted = wanted.where(among(OtpSession.id, ids))
    order: tuple[Any, ...] = (col(getattr(OtpSession, filters.sort)), col(OtpSession.id))
    rows, meta = page_of(call, wanted, order, filters)
    return Data(data=Listed(list=_shown(call, rows), total=meta.page.total))


@router.get("/{id}", responses=refuses(answers.AuthenticationNotFound))
async def otp_session_status(call: Call, session_id: SessionId) -> Data[AuthenticationWithMessages]:
    """Return a session with the messages that were sent for it.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, status_otp
    """
    session = find(call, OtpSession, session_id.lower(), answers.AuthenticationNotFound)
    return Data(data=_shown(call, [session])[0])


def _check_mode(call: Call, recipient: str) -> None:
    try:
        checks.check_mode(call.account, [recipient], "recipient")
    except refusals.NotForThisAccount:
        raise answers.OnlyForManagersPhone from None


def _checked_template(call: Call, template_id: int, country: str) -> OtpTemplate:
    template = call.db.get(OtpTemplate, template_id)
    if template is None or template.status == "deleted":
        raise answers.OtpTemplateNotFound
    if template.is_for_test and call.account.mode != "test":
        raise answers.OtpTemplateNotAvailable
    if template.status != "approved":
        raise answers.InvalidTemplateStatus
    if template.countries and country not in template.countries:
        raise answers.CountryNotAllowed
    return template


def _check_channel(call: Call, channel: str) -> None:
    if channel not in call.db.get_one(OtpSettings, 1).channels:
        raise answers.OtpChannelInactive


def _check_senders(call: Call, body: NewCode) -> None:
    _check_channel(call, body.channel)
    if body.channel == SMS:
        body.sender_alt = None
    named = {body.channel: body.sender} | ({SMS: body.sender_alt} if body.sender_alt else {})
    for channel, name in named.items():
        if not checks.has_sender(call.db, channel, name):
            raise answers.OtpSenderNotFound


def _check_recipient(call: Call, body: NewCode) -> None:
    if stop_listed(call.db, [body.recipient], body.channel):
        raise answers.OtpExistsOnStopList


def _check_limits(call: Call) -> None:
    settings, sessions = call.db.get_one(OtpSettings, 1), select(func.count()).select_from(OtpSession)
    pending = sessions.where(OtpSession.status == "pending")
    if call.db.exec(pending).one() >= settings.pending_limit:
        raise answers.PendingLimit
    if settings.total_limit is not None and call.db.exec(sessions).one() >= settings.total_limit:
        raise answers.TotalLimit


def _send(call: Call, session: OtpSession) -> None:
    try:
        two_factor.send_code(call.turn, call.account, session)
    except refusals.ExistsOnStopList:
        raise answers.OtpExistsOnStopList from None
    except refusals.InsufficientFunds:
        raise answers.OtpInsufficientFunds from None


def _pending(call: Call, session_id: str) -> OtpSession:
    session = find(call, OtpSession, session_id.lower(), answers.AuthenticationNotFound)
    if session.status != "pending":
        raise answers.BY_STATUS[session.status]
    return session


Shown = TypeVar("Shown", bound=Authentication)


def _answer(
    call: Call, form: type[Shown], session: OtpSession, sent: Sequence[Message], **more: Any
) -> Shown:
    price = two_factor.price_of(sent)
    return form.of(session, price=price, currency=call.account.currency, **more)


def _bare(call: Call, session: OtpSession) -> BareAuthentication:
    messages = two_factor.messages_of(call.db, [session.id])[session.id]
    shown = _answer(call, Authentication, session, messages)
    return BareAuthentication.model_construct(**vars(shown), data=shown)


def _shown(call: Call, sessions: Sequence[OtpSession]) -> list[AuthenticationWithMessages]:
    messages = two_factor.messages_of(call.db, [session.id for session in sessions])
    return [
        _answer(
            call,
            AuthenticationWithMessages,
            session,
            messages[session.id],
            messages=[_message(call, session, message) for message in messages[session.id]],
        )
        for session in sessions
    ]


def _message(call: Call, session: OtpSession, message: Message) -> SentCode:
    stands_in = message.parent_id is not None
    return SentCode.of(
        message,
        status="accepted" if message.status in NOT_YET_SENT else "sent",
        sender=session.sender_alt if stands_in else session.sender,
        price=cost(message.channel, message.status, message.price),
        currency=call.account.currency,
    )
