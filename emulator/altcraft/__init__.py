"""Altcraft, the marketing platform's API at https://ru.altkraft.com/api/v1.1.

The sections below are those of https://guides.altcraft.com/en/developer-guide, in its order.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from sqlmodel import Session

from emulator.altcraft import account, errors, sending, steering, tables
from emulator.altcraft.wire import AltcraftDialect
from emulator.core.call import ProviderError
from emulator.core.catalogue import Catalogue
from emulator.core.engine import Handler, Turn
from emulator.core.jobs import Job, Sender
from emulator.core.lifecycle import Lifecycle
from emulator.core.menu import Menu
from emulator.core.messages import Message
from emulator.core.outcomes import MAIL_MAGIC, Magic
from emulator.core.provider import Provider
from emulator.core.steering import Content, JobKind
from emulator.core.store import Store


class Altcraft(Provider):
    name = "altcraft"
    title = "Altcraft"
    prefixes = (
        "/api/v1.1/",
        "/api/v1.0/",
        "/api/integrations/",
        "/api/download/",
        "/integrations/",
        "/push_subscribe/",
    )
    base_path = "/api/v1.1"
    credential_variable = "ALTCRAFT_TOKEN"
    version = "v75"
    documentation = "https://guides.altcraft.com/en/developer-guide"
    description = "Marketing platform: campaigns, mailings, profiles. Real host: https://ru.altkraft.com"
    security: ClassVar[Mapping[str, Any]] = {"type": "http", "scheme": "bearer"}
    credential_fields = frozenset({"token"})
    menu = Menu(
        "emulator.altcraft.api",
        {
            "campaigns": ["campaigns"],
            "mailings": ["mailings.mailings"],
            "mailings-broadcast": ["mailings.broadcasts"],
        },
    )
    lifecycles: ClassVar[tuple[Lifecycle, ...]] = (
        tables.BROADCAST,
        tables.REGULAR,
        tables.TRIGGER,
        tables.CAMPAIGN,
    )
    hooks = sending.SENDER.hooks
    senders: ClassVar[tuple[Sender, ...]] = (sending.SENDER,)
    kinds: ClassVar[tuple[JobKind[Any], ...]] = (steering.Mailings(), steering.Campaigns())
    channels: ClassVar[tuple[str, ...]] = ("email", "sms", "push")
    magic: ClassVar[tuple[Magic, ...]] = MAIL_MAGIC
    general_errors: ClassVar[tuple[type[ProviderError], ...]] = (
        errors.IncorrectRequest,
        errors.TokenRequired,
        errors.AccessDenied,
        errors.InternalError,
    )
    fixture = account.AccountFixture

    def __init__(self, *, http_status: Literal["ok", "mirror"] = "ok") -> None:
        self.dialect = AltcraftDialect(mirror_status=http_status == "mirror")
        self.catalogue = Catalogue.load(Path(__file__).with_name("endpoints.json"))

    def events(self) -> Mapping[str, Handler]:
        return sending.events()

    def load(self, turn: Turn, folder: Path) -> None:
        account.load(turn, folder)

    def credentials(self, session: Session) -> Iterable[tuple[str, object]]:
        return account.grants(session)

    def content(self, session: Session, message: Message, job: Job, origin: str) -> Content:
        return steering.content(session, message, job)

    def issued(self, store: Store) -> list[str]:
        return account.issued(store)

    def reissue(self, store: Store, old: str, new: str) -> None:
        account.reissue(store, old, new)
