"""Domains: what a project sends from, and receives at.

https://docs.autosend.com/api-reference/domains
"""

from base64 import b64encode
from hashlib import sha256, sha512
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from sqlmodel import select

from emulator.autosend import domains
from emulator.autosend.dialect import Call
from emulator.autosend.models import Body, Done, MessageReply, Model, Reply
from emulator.autosend.refusals import RateLimitExceeded, ValidationFailed, refusal
from emulator.autosend.removal import delete_domain as remove
from emulator.autosend.tables.account import Domain, Project
from emulator.autosend.values import instant
from emulator.engine.clock import SECOND, iso_millis
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
"""What stands around the 128 bytes of a modulus in a public key."""


def _is_none(value: object) -> bool:
    return value is None


class DnsRecord(Model):
    name: str
    value: str
    type: str
    purpose: str
    priority: int | None = Field(None, exclude_if=_is_none)


class DnsRecords(Model):
    """What the owner of a domain has to publish; `inboundMx` where it receives mails."""

    ownership: DnsRecord
    dkim: DnsRecord
    mailFrom: list[DnsRecord]
    dmarc: DnsRecord
    inboundMx: DnsRecord | None = Field(None, exclude_if=_is_none)


class DomainAnswer(Model):
    """A domain; `verifiedAt` is there when it is verified."""

    id: str
    domainName: str
    verificationStatus: str
    ownershipVerified: bool
    dkimEnabled: bool
    mailFromEnabled: bool
    dmarcEnabled: bool
    dnsRecords: DnsRecords
    createdAt: str
    lastCheckedAt: str
    verifiedAt: str | None = Field(None, exclude_if=_is_none)
    regionKey: str
    verificationInProgress: bool


class InboundDomainAnswer(DomainAnswer):
    """A domain that receives mails, or did until now."""

    inboundEnabledAt: str | None
    inboundDomainVerifiedAt: str | None


AnyDomain = InboundDomainAnswer | DomainAnswer


def _answer(domain: Domain) -> AnyDomain:
    fields = {
        "id": domain.id,
        "domainName": domain.name,
        **_checks(domain),
        "dnsRecords": _records(domain),
        "createdAt": iso_millis(domain.created_at),
        "lastCheckedAt": iso_millis(domain.last_checked_at),
        "verifiedAt": instant(domain.verified_at),
        "regionKey": domain.region_key,
        "inboundEnabledAt": instant(domain.inbound_enabled_at),
        "inboundDomainVerifiedAt": instant(domain.inbound_verified_at),
    }
    model = DomainAnswer if domain.inbound_enabled_at is None else InboundDomainAnswer
    return model.model_validate(fields)


def _inbound_answer(domain: Domain) -> InboundDomainAnswer:
    times = {
        "inboundEnabledAt": instant(domain.inbound_enabled_at),
        "inboundDomainVerifiedAt": instant(domain.inbound_verified_at),
    }
    return InboundDomainAnswer.model_validate(dict(_answer(domain)) | times)


def _checks(domain: Domain) -> dict[str, bool | str]:
    return {
        "verificationStatus": domain.status,
        "ownershipVerified": domain.ownership_verified,
        "dkimEnabled": domain.dkim_enabled,
        "mailFromEnabled": domain.mail_from_enabled,
        "dmarcEnabled": domain.dmarc_enabled,
        "verificationInProgress": domain.is_being_verified,
    }


def _records(domain: Domain) -> DnsRecords:
    name, region = domain.name, domain.region_key
    exchange = f"feedback-smtp.{region}.amazonses.com"
    return DnsRecords(
        ownership=_txt(f"_autosend-verify.{name}", _token(domain), "Domain ownership verification"),
        dkim=_txt(f"autosend._domainkey.{name}", _public_key(domain), "DKIM authentication"),
        mailFrom=[
            _mx(f"asend.{name}", exchange, "Mail-from domain"),
            _txt(f"asend.{name}", "v=spf1 include:amazonses.com ~all", "SPF record for mail-from domain"),
        ],
        dmarc=_txt(f"_dmarc.{name}", "v=DMARC1; p=none;", "DMARC policy"),
        inboundMx=_mx(name, f"inbound-smtp.{region}.amazonaws.com", "inbound")
        if domain.inbound_enabled_at is not None
        else None,
    )


def _txt(name: str, value: str, purpose: str) -> DnsRecord:
    return DnsRecord(name=name, value=value, type="TXT", purpose=purpose)


def _mx(name: str, value: str, purpose: str) -> DnsRecord:
    return DnsRecord(name=name, value=value, type="MX", purpose=purpose, priority=10)


def _token(domain: Domain) -> str:
    return f"autosend-verify-{sha256(domain.id.encode()).hexdigest()[:32]}"


def _public_key(domain: Domain) -> str:
    """Answer what has the form of an RSA key of 1024 bits; nobody has the private one."""
    digits = b"".join(sha512(f"{domain.id}/{part}".encode()).digest() for part in range(2))
    modulus = bytes([digits[0] | 0x80, *digits[1:-1], digits[-1] | 1])
    return b64encode(RSA_KEY_HEAD + modulus + RSA_KEY_TAIL).decode()


def _find(call: Call, domain_id: str) -> Domain:
    domain = call.db.get(Domain, domain_id)
    if domain is None or domain.project_id != call.project_id:
        raise DomainNotFound
    return domain


class Domains(Model):
    domains: list[AnyDomain]


@router.get("")
async def list_domains(call: Call) -> Reply[Domains]:
    """Answer all domains of the project, as they were added.

    https://docs.autosend.com/api-reference/domains/list
    """
    rows = call.db.exec(
        select(Domain).where(Domain.project_id == call.project_id).order_by(insertion_order(Domain))
    )
    return Reply(data=Domains(domains=[_answer(row) for row in rows]))


@router.get("/{domainId}", responses=refuses(DomainNotFound))
async def get_domain(call: Call, domain_id: DomainId) -> Reply[AnyDomain]:
    """Answer one domain.

    https://docs.autosend.com/api-reference/domains/get
    """
    return Reply(data=_answer(_find(call, domain_id)))


class AddDomain(Body):
    domain: domains.DomainName
    regionKey: domains.Region | None = Field(None, description="That of the project where it is left out.")


@router.post("", responses=refuses(ValidationFailed, DomainAlreadyExists))
async def add_domain(call: Call, body: AddDomain) -> Reply[DomainAnswer]:
    """Add a domain, with none of its records published yet.

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
        region_key=body.regionKey or project.region_key or domains.DEFAULT_REGION,
        created_at=call.now,
        last_checked_at=call.now,
    )
    call.db.add(domain)
    return Reply(data=_answer(domain))


class CheckedDomain(Model):
    """A domain as it was, and beside it whether a check runs now, with what is known so far."""

    domain: AnyDomain
    verificationInProgress: bool
    ownershipVerified: bool
    verificationStatus: str
    dkimEnabled: bool
    mailFromEnabled: bool
    dmarcEnabled: bool


@router.post("/{domainId}/verify", responses=refuses(DomainNotFound))
async def verify_domain(call: Call, domain_id: DomainId) -> MessageReply[CheckedDomain]:
    """Begin to look at the domain's records; what is found is there 5 seconds later.

    https://docs.autosend.com/api-reference/domains/verify
    """
    domain = _find(call, domain_id)
    wait = domains.wait_for_check(domain, call.now) if call.has_rate_limit else 0
    if wait:
        raise RateLimitExceeded(retryAfter=-(-wait // SECOND))
    before = _answer(domain)
    domains.begin_check(call.turn, domain)
    checked = CheckedDomain.model_validate(_checks(domain) | {"domain": before})
    return MessageReply(data=checked, message="Domain verification status updated")


@router.post(
    "/{domainId}/inbound/enable", responses=refuses(DomainNotFound, DomainNotVerified, InboundEnableFailed)
)
async def enable_inbound(call: Call, domain_id: DomainId) -> Reply[InboundDomainAnswer]:
    """Let a verified domain receive mails, once a later check finds its MX record.

    https://docs.autosend.com/api-reference/domains/enable-inbound
    """
    domain = _find(call, domain_id)
    if domain.status != "VERIFIED":
        raise DomainNotVerified
    domain.inbound_enabled_at = domain.inbound_enabled_at or call.now
    call.db.add(domain)
    return Reply(data=_inbound_answer(domain))


@router.post("/{domainId}/inbound/disable", responses=refuses(DomainNotFound, InboundDisableFailed))
async def disable_inbound(call: Call, domain_id: DomainId) -> Reply[InboundDomainAnswer]:
    """Let a domain receive no more mails.

    https://docs.autosend.com/api-reference/domains/disable-inbound
    """
    domain = _find(call, domain_id)
    domain.inbound_enabled_at = domain.inbound_verified_at = None
    call.db.add(domain)
    return Reply(data=_inbound_answer(domain))


@router.delete("/{domainId}", responses=refuses(DomainNotFound))
async def delete_domain(call: Call, domain_id: DomainId) -> Done:
    """Delete a domain with its senders; its campaigns are aborted, its active automations paused.

    https://docs.autosend.com/api-reference/domains/delete
    """
    remove(call.turn, _find(call, domain_id))
    return Done(message="Domain deleted successfully")
