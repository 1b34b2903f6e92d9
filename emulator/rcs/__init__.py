"""RCS (Telco WWT, BSG), the messaging API at https://one-api.wwt.world.

The sections below are those of https://telcowwt.com/documentations/rest-api/, in its order.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from sqlmodel import Session

from emulator.core.call import ProviderError
from emulator.core.catalogue import Catalogue
from emulator.core.engine import Handler, Turn
from emulator.core.jobs import Job, Sender
from emulator.core.lifecycle import Lifecycle
from emulator.core.menu import Menu
from emulator.core.messages import Message
from emulator.core.outcomes import Magic
from emulator.core.provider import Provider
from emulator.core.steering import Content, JobKind
from emulator.core.store import Store
from emulator.rcs import account, errors, outcomes, sending, steering, tables
from emulator.rcs.wire import RcsDialect


class Rcs(Provider):
    name = "rcs"
    title = "RCS (One API)"
    prefixes = ("/api/",)
    base_path = ""
    credential_variable = "RCS_API_KEY"
    version = "2.0"
    documentation = "https://bsg.world/developers/rest-api/introduction"
    description = "RCS messages with SMS in their stead. Real host: https://one-api.wwt.world"
    security: ClassVar[Mapping[str, Any]] = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    credential_fields = frozenset({"api_key", "bearer"})
    credential_shape = r"live_[A-Za-z0-9]{8,}|test_[A-Za-z0-9]{16,}|eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)*"
    menu = Menu(
        "emulator.rcs.api",
        {
            "account": ["authentication", "balance"],
            "rcs": ["rcs.sending", "rcs.campaigns", "rcs.messages", "rcs.universal"],
        },
    )
    lifecycles: ClassVar[tuple[Lifecycle, ...]] = (tables.CAMPAIGN,)
    hooks = sending.CAMPAIGNS.hooks
    senders: ClassVar[tuple[Sender, ...]] = (sending.CAMPAIGNS, sending.SINGLES)
    kinds: ClassVar[tuple[JobKind[Any], ...]] = (steering.Campaigns(),)
    channels: ClassVar[tuple[str, ...]] = ("rcs", "sms")
    magic: ClassVar[tuple[Magic, ...]] = outcomes.MAGIC
    general_errors: ClassVar[tuple[type[ProviderError], ...]] = (
        errors.SyntaxFault,
        errors.GivenDataInvalid,
        errors.UnsupportedMediaType,
        errors.TokenNotFound,
        errors.InvalidToken,
        errors.ExpiredToken,
        errors.InternalServerError,
    )
    fixture = account.AccountFixture

    def __init__(self) -> None:
        self.dialect = RcsDialect()
        self.catalogue = Catalogue.load(Path(__file__).with_name("endpoints.json"))

    def events(self) -> Mapping[str, Handler]:
        return sending.events()

    def load(self, turn: Turn, folder: Path) -> None:
        account.load(turn, folder)

    def credentials(self, session: Session) -> Iterable[tuple[str, object]]:
        return account.grants(session)

    def names(self, session: Session) -> Iterable[tuple[str, object]]:
        return account.names(session)

    def content(self, session: Session, message: Message, job: Job, origin: str) -> Content:
        return steering.content(session, message, job)

    def issued(self, store: Store) -> list[str]:
        return account.issued(store)

    def reissue(self, store: Store, old: str, new: str) -> None:
        account.reissue(store, old, new)
