"""AutoSend, the e-mail API at https://api.autosend.com/v1.

The sections below are those of https://docs.autosend.com/api-reference, in its order.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from sqlmodel import Session

from emulator.autosend import account, errors, inbound, links, migration, steering
from emulator.autosend.domains import events as domain_events
from emulator.autosend.hooks import HOOKS
from emulator.autosend.sending.campaigns import SENDER as CAMPAIGNS
from emulator.autosend.sending.campaigns import events as campaign_events
from emulator.autosend.sending.delivery import MAILS
from emulator.autosend.sending.runs import events as run_events
from emulator.autosend.tables.automations import AUTOMATION
from emulator.autosend.tables.campaigns import CAMPAIGN, GRADUAL_CAMPAIGN
from emulator.autosend.wire import AutoSendDialect
from emulator.core.call import ProviderError
from emulator.core.catalogue import Catalogue
from emulator.core.engine import Handler, Turn
from emulator.core.jobs import Job, Sender
from emulator.core.lifecycle import Lifecycle
from emulator.core.links import Linked
from emulator.core.menu import Menu
from emulator.core.messages import Message
from emulator.core.outcomes import MAIL_MAGIC, Magic
from emulator.core.provider import Provider
from emulator.core.steering import Content, JobKind
from emulator.core.store import Store


class AutoSend(Provider):
    name = "autosend"
    title = "AutoSend"
    prefixes = ("/v1/",)
    base_path = "/v1"
    credential_variable = "AUTOSEND_API_KEY"
    version = "v1"
    documentation = "https://docs.autosend.com/api-reference"
    description = "E-mail: campaigns, mails, contacts. Real host: https://api.autosend.com"
    security: ClassVar[Mapping[str, Any]] = {"type": "http", "scheme": "bearer"}
    credential_fields = frozenset({"resendapikey", "sendgridapikey"})
    credential_shape = (
        r"(?:ASA?_(?:[A-Za-z0-9]+[._])?[A-Za-z0-9]{8,}|asa?_(?:[A-Za-z0-9]+[._])?[A-Za-z0-9]{16,})"
        r"(?:[._][A-Za-z0-9]+)*"
    )
    menu = Menu(
        "emulator.autosend.api",
        {
            "emails": ["emails"],
            "contacts": ["contacts"],
            "contact-lists": ["contact_lists.lists", "contact_lists.members"],
            "contact-properties": ["contact_properties"],
            "custom-fields": ["custom_fields"],
            "templates": ["templates"],
            "senders": ["senders"],
            "campaigns": ["campaigns.reading", "campaigns.editing", "campaigns.actions"],
            "automations": ["automations"],
            "events": ["events"],
            "domains": ["domains"],
            "suppression-groups": ["suppression_groups.groups", "suppression_groups.entries"],
            "projects": ["projects"],
            "webhooks": ["webhooks"],
            "inbound": ["inbound.reading", "inbound.replying", "inbound.source"],
            "migrations": ["migrations.resend", "migrations.sendgrid", "encrypted_payloads"],
        },
    )
    lifecycles: ClassVar[tuple[Lifecycle, ...]] = (CAMPAIGN, GRADUAL_CAMPAIGN, AUTOMATION)
    hooks = HOOKS
    senders: ClassVar[tuple[Sender, ...]] = (CAMPAIGNS, MAILS)
    kinds: ClassVar[tuple[JobKind[Any], ...]] = (steering.Campaigns(), steering.Automations())
    channels: ClassVar[tuple[str, ...]] = ("email",)
    magic: ClassVar[tuple[Magic, ...]] = MAIL_MAGIC
    general_errors: ClassVar[tuple[type[ProviderError], ...]] = (
        errors.ValidationFailed,
        errors.InvalidEncryptedPayload,
        errors.Unauthorized,
        errors.PlanUpgradeRequired,
        errors.InsufficientPermissions,
        errors.RateLimitExceeded,
        errors.InternalServerError,
    )
    fixture = account.AccountFixture

    def __init__(self, *, enforce_rate_limit: bool = False) -> None:
        self.dialect = AutoSendDialect(enforce_rate_limit=enforce_rate_limit)
        self.catalogue = Catalogue.load(Path(__file__).with_name("endpoints.json"))

    def events(self) -> Mapping[str, Handler]:
        of_mails = campaign_events() | MAILS.events() | run_events() | inbound.events()
        return of_mails | domain_events() | migration.events()

    def load(self, turn: Turn, folder: Path) -> None:
        account.load(turn, folder)

    def credentials(self, session: Session) -> Iterable[tuple[str, object]]:
        return account.grants(session)

    def names(self, session: Session) -> Iterable[tuple[str, object]]:
        return account.smtp_grants(session)

    def environment(self, session: Session) -> Mapping[str, str]:
        key = next((key for key, _ in account.smtp_grants(session)), None)
        return {"AUTOSEND_SMTP_KEY": key} if key else {}

    def content(self, session: Session, message: Message, job: Job, origin: str) -> Content:
        return steering.content(session, message, origin)

    def follow(self, turn: Turn, method: str, path: str) -> Linked | None:
        return links.follow(turn, method, path)

    def receive_mail(self, turn: Turn, raw: bytes, sender: str, recipients: Sequence[str]) -> list[str]:
        return inbound.receive(turn, raw, sender, recipients)

    def issued(self, store: Store) -> list[str]:
        return account.issued(store)

    def reissue(self, store: Store, old: str, new: str) -> None:
        account.reissue(store, old, new)
