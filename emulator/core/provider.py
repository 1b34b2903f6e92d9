"""The contract between the emulator and a provider.

A provider brings its sections of operations, its dialect (how its requests read and its
answers and refusals look), its way of sending, and the account of a fresh sandbox. What
a request passes through on its way to an operation is in exchange.py.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from emulator.core.call import Call, Problems, ProviderError
from emulator.core.catalogue import Catalogue, Operation
from emulator.core.clock import Millis
from emulator.core.directory import Directory
from emulator.core.engine import Handler, Turn
from emulator.core.faults import RateWindow
from emulator.core.fixtures import Fixture
from emulator.core.jobs import Job, Sender
from emulator.core.lifecycle import Lifecycle
from emulator.core.links import Linked
from emulator.core.menu import Menu
from emulator.core.messages import Message
from emulator.core.outcomes import Magic
from emulator.core.sandbox import Sandbox
from emulator.core.steering import Content, JobKind
from emulator.core.store import Store
from emulator.core.webhooks import Hooks

MEBIBYTE = 1024 * 1024


class Dialect(ABC):
    """How one provider reads requests, and how its answers and refusals look.

    What has a body here is what most providers do; the rest each provider says for itself.
    """

    call: ClassVar[type[Call]] = Call
    """What its endpoints take."""
    refusal: ClassVar[Mapping[str, Any]]
    """The shape of its refusals, as JSON Schema writes it."""
    url_parameters: frozenset[str] = frozenset()
    """Parameters that it reads from the query of any request."""
    body_parameters: frozenset[str] = frozenset()
    """Fields that it reads from the body of any request."""

    def body_limit(self, path: str) -> int:
        """Answer how many bytes the body of a request to `path` may have."""
        return 10 * MEBIBYTE

    def normal_path(self, path: str) -> str:
        """Answer the spelling of `path` by which operations are found."""
        return path

    @abstractmethod
    def read(self, content_type: str, body: bytes) -> Any:
        """Decode a body that is not empty. Raises ProviderError: wrong content type, malformed content."""

    @abstractmethod
    def credential(self, request: Request, payload: Any) -> str:
        """Answer what a request shows to be let in, an empty text where it shows nothing.

        `payload` is the decoded body, None where it was not decoded.
        """

    @abstractmethod
    def admit(self, call: Call, directory: Directory) -> Sandbox:
        """Answer the sandbox that the request's credential belongs to. Raises ProviderError."""

    def authorise(self, call: Call) -> None:
        """Check the credential inside of its sandbox: expiry, scope, rate. Raises ProviderError."""

    def repeated(self, call: Call) -> Response | None:
        """Answer a request that the provider takes for a repetition, or None to go on."""
        return None

    def remember(self, call: Call, response: Response) -> None:
        """Keep what `repeated` will want to know of a request that succeeded."""

    def encode(self, call: Call, response: Response) -> Response:
        """Turn the endpoint's JSON answer into the form that the client wants."""
        return response

    def headers(
        self, credential: str, sandbox: Sandbox, window: RateWindow | None
    ) -> Iterable[tuple[str, str]]:
        """Answer the headers that every answer carries. `window` is the rate limit of a fault rule."""
        return ()

    def too_many(self, wait: Millis) -> ProviderError | None:
        """Answer the refusal of a request over a rate limit that has room again after `wait`.

        None where the provider documents no rate limit.
        """
        return None

    def other_forms(self, operation: Operation, content: Any) -> Mapping[str, str]:
        """Answer `content` in the forms beside JSON that the provider speaks, by media type."""
        return {}

    @abstractmethod
    def refuse(self, request: Request, error: ProviderError, payload: Any) -> Response:
        """Render a refusal. `payload` is the decoded body, None where it was not decoded."""

    @abstractmethod
    def invalid(self, problems: Problems) -> ProviderError:
        """Translate what was found wrong with a request's fields."""

    @abstractmethod
    def unknown_path(self, path: str) -> ProviderError: ...

    @abstractmethod
    def wrong_method(self, method: str) -> ProviderError: ...

    @abstractmethod
    def too_large(self, limit: int) -> ProviderError: ...

    @abstractmethod
    def not_built(self, operation: Operation) -> ProviderError: ...

    @abstractmethod
    def crashed(self) -> ProviderError: ...


class NoMailError(Exception):
    """A provider that receives no mails was to take one."""


class Provider(ABC):
    """One provider, whole."""

    name: ClassVar[str]
    """As in the emulator's own paths and folders: `autosend`."""
    title: ClassVar[str]
    prefixes: ClassVar[tuple[str, ...]]
    """The beginnings of its paths. Between providers, the longest that fits decides."""
    base_path: ClassVar[str]
    """What its clients' base URLs have after the host."""
    credential_variable: ClassVar[str]
    """The name by which its clients look for the credential in their environment."""
    version: ClassVar[str]
    """The version of its documentation that is followed."""
    documentation: ClassVar[str]
    """The address where its documentation begins."""
    description: ClassVar[str]
    security: ClassVar[Mapping[str, Any]]
    """Its security scheme, as OpenAPI writes it."""
    credential_fields: ClassVar[frozenset[str]] = frozenset()
    """The names under which credentials stand in its bodies and queries, in lower case."""
    credential_shape: ClassVar[str] = ""
    """What looks like one of its credentials, as a regular expression; empty where any word does."""
    dialect: Dialect
    menu: ClassVar[Menu]
    """Its sections of operations."""
    lifecycles: ClassVar[Sequence[Lifecycle]]
    """The transition tables of its entities."""
    general_errors: ClassVar[Sequence[type[ProviderError]]]
    """Refusals that every operation can answer."""
    fixture: ClassVar[type[Fixture]]
    """What its `account.yaml` holds."""
    catalogue: Catalogue
    hooks: Hooks
    """How it tells its clients of things."""
    senders: ClassVar[Sequence[Sender]]
    """How it sends what."""
    kinds: ClassVar[Sequence[JobKind[Any]]]
    """The jobs that tests can steer."""
    channels: ClassVar[Sequence[str]]
    """What its messages go over."""
    magic: ClassVar[Sequence[Magic]]
    """The recipients that decide what becomes of their messages."""

    def errors(self) -> dict[str, type[ProviderError]]:
        """Answer its refusals by name: of its operations, and of requests that reach none."""
        dialect = self.dialect
        refusals = (dialect.unknown_path("/"), dialect.wrong_method("GET"), dialect.too_large(MEBIBYTE))
        listed = [*self.general_errors, *map(type, refusals)]
        listed += [error for route in self.menu.routes for error in route.errors]
        return {error.__name__: error for error in listed}

    @abstractmethod
    def events(self) -> Mapping[str, Handler]:
        """Answer the handlers of its due events, by name."""

    @abstractmethod
    def load(self, turn: Turn, folder: Path) -> None:
        """Put the account that the fixture folder describes into a template. Raises FixtureError."""

    @abstractmethod
    def credentials(self, session: Session) -> Iterable[tuple[str, object]]:
        """Answer what a client may show to reach this sandbox, each with what it grants.

        The first is the one that Swagger UI fills in.
        """

    def names(self, session: Session) -> Iterable[tuple[str, object]]:
        """Answer what else leads to this sandbox, that clients do not show in requests as it is."""
        return ()

    def environment(self, session: Session) -> Mapping[str, str]:
        """Answer what else its clients look for in their environment, beside address and credential."""
        return {}

    @abstractmethod
    def content(self, session: Session, message: Message, job: Job, origin: str) -> Content:
        """Answer what a message says; its links lead to the emulator at `origin`."""

    def follow(self, turn: Turn, method: str, path: str) -> Linked | None:
        """Do what one of its links leads to, None where that is gone."""
        return None

    def receive_mail(self, turn: Turn, raw: bytes, sender: str, recipients: Sequence[str]) -> list[str]:
        """Take a mail that somebody sent to the account; answer the ids that it has there.

        None of them where nobody receives mails at these addresses. Raises NoMailError.
        """
        raise NoMailError(f"{self.title} receives no mails.")

    @abstractmethod
    def issued(self, store: Store) -> list[str]:
        """Answer what tells this account from others, credentials first, in the order of the fixture."""

    @abstractmethod
    def reissue(self, store: Store, old: str, new: str) -> None:
        """Replace one of what `issued` answers, wherever the account has it."""


def senders_of(providers: Iterable[Provider]) -> dict[str, Sender]:
    """Answer the senders of all providers, by what their jobs call their provider."""
    return {sender.provider: sender for provider in providers for sender in provider.senders}


def kinds_of(providers: Iterable[Provider]) -> list[JobKind[Any]]:
    """Answer the kinds of jobs of all providers."""
    return [kind for provider in providers for kind in provider.kinds]
