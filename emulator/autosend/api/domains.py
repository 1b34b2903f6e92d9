"""Domains, from which a project sends mails, and at which it receives mails.

https://docs.autosend.com/api-reference/domains
"""

from base64 import b64encode
from hashlib import sha256, sha512
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from sqlmodel import select

from emulator.autosend import domains
from emulator.autosend.dialect import Call, LongCall
from emulator.autosend.listing import find
from emulator.autosend.models import Body, Done, MessageReply, Model, Reply
from emulator.autosend.refusals import RateLimitExceeded, ValidationFailed, refusal
from emulator.autosend.removal import delete_domain as remove
from emulator.autosend.tables.account import Domain, Project
from emulator.autosend.values import FILLED, Instant, MaybeInstant, is_none
from emulator.engine.clock import SECOND
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import insertion_order

router = APIRouter(prefix="/v1/domains", tags=["Domains"], route_class=OperationRoute)

DomainNotFound = refusal(404, "DOMAIN_NOT_FOUND", "Domain not found", form="status")
DomainAlreadyExists = refusal(
    409, "DOMAIN_ALREADY_EXISTS", "Domain already exists in this project", form="status", inferred="all"
)
DomainNotVerified = refusal(
    400,
    "DOMAIN_NOT_VERIFIED",
    "Domain must be verified before inbound can be enabled",
    form="status",
    inferred="all",
)
InboundEnableFailed = refusal(
    500,
    "INBOUND_ENABLE_FAILED",
    "Failed to enable inbound. Please try again.",
    form="status",
    inferred="all",
    made_by_faults=True,
)
InboundDisableFailed = refusal(
    500,
    "INBOUND_DISABLE_FAILED",
    "Failed to disable inbound. Please try again.",
    form="status",
    inferred="all",
    made_by_faults=True,
)

DomainId = Annotated[str, Path(alias="domainId", description="Domain id, 24 hex digits.")]
RSA_KEY_HEAD = bytes.fromhex("30819f300d06092a864886f70d010101050003818d0030818902818100")
RSA_KEY_TAIL = bytes.fromhex("0203010001")
"""The bytes of a public key before and after the 128 bytes of its modulus."""


class DnsRecord(Model):
    name: str
    value: str
    type: str
    purpose: str
    priority: int | None = Field(None, exclude_if=is_none)


class DnsRecords(Model):
    """The records that a domain's owner must publish; `inboundMx` is present if receiving is enabled."""

    ownership: DnsRecord
    dkim: DnsRecord
    mail_from: list[DnsRecord]
    dmarc: DnsRecord
    inbound_mx: DnsRecord | None = Field(None, exclude_if=is_none)


class DomainAnswer(Model):
    """A domain; `verifiedAt` is present once it is verified."""

    id: str
    name: str = Field(serialization_alias="domainName")
    status: str = Field(serialization_alias="verificationStatus")
    ownership_verified: bool
    dkim_enabled: bool
    mail_from_enabled: bool
    dmarc_enabled: bool
    dns_records: DnsRecords
    created_at: Instant
    last_checked_at: Instant
    verified_at: MaybeInstant = Field(None, exclude_if=is_none)
    region_key: str
    is_being_verified: bool = Field(serialization_alias="verificationInProgress")


class InboundDomainAnswer(DomainAnswer):
    """A domain with receiving enabled, or disabled just now."""

    inbound_enabled_at: MaybeInstant
    inbound_verified_at: MaybeInstant = Field(serialization_alias="inboundDomainVerifiedAt")


AnyDomain = InboundDomainAnswer | DomainAnswer


def _answer(domain: Domain) -> AnyDomain:
    model = DomainAnswer if domain.inbound_enabled_at is None else InboundDomainAnswer
    return model.of(domain, dns_records=_records(domain))


def _records(domain: Domain) -> DnsRecords:
    name, region = domain.name, domain.region_key
    token = sha256(domain.id.encode()).hexdigest()[:32]
    exchange, inbound = f"feedback-smtp.{region}.amazonses.com", f"inbound-smtp.{region}.amazonaws.com"
    return DnsRecords(
        ownership=_txt(
            f"_autosend-verify.{name}", f"autosend-verify-{token}", "Domain ownership verification"
        ),
        dkim=_txt(f"autosend._domainkey.{name}", _public_key(domain), "DKIM authentication"),
        mail_from=[
            _mx(f"asend.{name}", exchange, "Mail-from domain"),
            _txt(f"asend.{name}", "v=spf1 include:amazonses.com ~all", "SPF record for mail-from domain"),
        ],
        dmarc=_txt(f"_dmarc.{name}", "v=DMARC1; p=none;", "DMARC policy"),
        inbound_mx=_mx(name, inbound, "inbound") if domain.inbound_enabled_at is not None else None,
    )


def _txt(name: str, value: str, purpose: str) -> DnsRecord:
    return DnsRecord(name=name, value=value, type="TXT", purpose=purpose)


def _mx(name: str, value: str, purpose: str) -> DnsRecord:
    return DnsRecord(name=name, value=value, type="MX", purpose=purpose, priority=10)


def _public_key(domain: Domain) -> str:
    """Return a made-up value in the form of an RSA public key of 1024 bits; it has no private key."""
    digits = b"".join(sha512(f"{domain.id}/{part}".encode()).digest() for part in range(2))
    modulus = bytes([digits[0] | 0x80, *digits[1:-1], digits[-1] | 1])
    return b64encode(RSA_KEY_HEAD + modulus + RSA_KEY_TAIL).decode()


class Domains(Model):
    domains: list[AnyDomain]


@router.get("")
async def list_domains(call: Call) -> Reply[Domains]:
    """Return all domains of the project, the oldest first.

    https://docs.autosend.com/api-reference/domains/list
    """
    rows = call.db.exec(
        select(Domain).where(Domain.project_id == call.project_id).order_by(insertion_order(Domain))
    )
    return Reply(data=Domains(domains=[_answer(row) for row in rows]))


@router.get("/{domainId}", responses=refuses(DomainNotFound))
async def get_domain(call: Call, domain_id: DomainId) -> Reply[AnyDomain]:
    """Return one domain.

    https://docs.autosend.com/api-reference/domains/get
    """
    return Reply(data=_answer(find(call, Domain, domain_id, DomainNotFound)))


class AddDomain(Body):
    domain: Annotated[domains.DomainName, FILLED]
    region_key: domains.Region | None = Field(None, description="The project's region if it is left out.")


@router.post("", responses=refuses(ValidationFailed, DomainAlreadyExists))
async def add_domain(call: Call, body: AddDomain) -> Reply[DomainAnswer]:
    """Add a domain, which is unverified at first.

    https://docs.autosend.com/api-reference/domains/add
    """
    same = select(Domain.id).where(Domain.project_id == call.project_id, Domain.name == body.domain)
    if call.db.exec(same).first() is not None:
        raise DomainAlreadyExists
    project = call.db.get_one(Project, call.project_id)
    domain = Domain(
        id=call.turn.ids.hex("autosend.domain"),
        project_id=project.id,
        name=body.domain,
        region_key=body.region_key or project.region_key or domains.DEFAULT_REGION,
        created_at=call.now,
        last_checked_at=call.now,
    )
    call.db.add(domain)
    return Reply(data=_answer(domain))


class CheckedDomain(Model):
    """The domain as it was before the check, without `verifiedAt`; beside it, the results so far."""

    domain: AnyDomain
    is_being_verified: bool = Field(serialization_alias="verificationInProgress")
    ownership_verified: bool
    status: str = Field(serialization_alias="verificationStatus")
    dkim_enabled: bool
    mail_from_enabled: bool
    dmarc_enabled: bool


@router.post("/{domainId}/verify", responses=refuses(DomainNotFound))
async def verify_domain(call: Call, domain_id: DomainId) -> MessageReply[CheckedDomain]:
    """Begin a check of the domain's records; its result is available 5 seconds later.

    https://docs.autosend.com/api-reference/domains/verify
    """
    domain = find(call, Domain, domain_id, DomainNotFound)
    wait = domains.wait_for_check(domain, call.now) if call.has_rate_limit else 0
    if wait:
        raise RateLimitExceeded(retryAfter=-(-wait // SECOND))
    before = _answer(domain).model_copy(update={"verified_at": None})
    domains.begin_check(call.turn, domain)
    checked = CheckedDomain.of(domain, domain=before)
    return MessageReply(data=checked, message="Domain verification status updated")


@router.post(
    "/{domainId}/inbound/enable", responses=refuses(DomainNotFound, DomainNotVerified, InboundEnableFailed)
)
async def enable_inbound(call: Call, domain_id: DomainId) -> Reply[InboundDomainAnswer]:
    """Enable receiving at a verified domain; it begins once a later check finds the MX record.

    https://docs.autosend.com/api-reference/domains/enable-inbound
    """
    domain = find(call, Domain, domain_id, DomainNotFound)
    if domain.status != "VERIFIED":
        raise DomainNotVerified
    domain.inbound_enabled_at = domain.inbound_enabled_at or call.now
    return Reply(data=InboundDomainAnswer.of(domain, dns_records=_records(domain)))


@router.post("/{domainId}/inbound/disable", responses=refuses(DomainNotFound, InboundDisableFailed))
async def disable_inbound(call: Call, domain_id: DomainId) -> Reply[InboundDomainAnswer]:
    """Disable receiving at a domain.

    https://docs.autosend.com/api-reference/domains/disable-inbound
    """
    domain = find(call, Domain, domain_id, DomainNotFound)
    domain.inbound_enabled_at = domain.inbound_verified_at = None
    return Reply(data=InboundDomainAnswer.of(domain, dns_records=_records(domain)))


@router.delete("/{domainId}", responses=refuses(DomainNotFound))
async def delete_domain(call: LongCall, domain_id: DomainId) -> Done:
    """Delete a domain with its senders. Its campaigns are aborted, its active automations paused.

    https://docs.autosend.com/api-reference/domains/delete
    """
    remove(call.turn, find(call, Domain, domain_id, DomainNotFound))
    return Done(message="Domain deleted successfully")
