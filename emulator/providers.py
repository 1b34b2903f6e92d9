"""The contract between the emulator and a provider.

A provider is data: its sections of operations, its dialect (how its requests are read and its responses and
refusals look), its way of sending, and the account of a fresh sandbox.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from sqlmodel import Session
from starlette.responses import Response

from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.gateway.call import Call, Problems
from emulator.gateway.catalogue import Catalogue, Operation
from emulator.gateway.policy import MEBIBYTE, Policy
from emulator.gateway.sections import Sections
from emulator.sandbox.directory import Directory
from emulator.sandbox.fixtures import Fixture
from emulator.sandbox.links import Linked
from emulator.sandbox.parts import SandboxPart
from emulator.sandbox.refusal import ProviderError
from emulator.sandbox.sandbox import Sandbox
from emulator.sending.content import Content
from emulator.sending.jobs import Job, Sender
from emulator.sending.lifecycle import Lifecycle
from emulator.sending.messages import Message
from emulator.sending.outcomes import Magic

CallT = TypeVar("CallT", bound=Call)
RefusalT = TypeVar("RefusalT", bound=ProviderError)


class Dialect(ABC, Generic[CallT, RefusalT]):
    """How one provider reads requests, and how its responses and refusals look.

    What has a body here is what most providers do; the rest each provider says for itself.
    """

    call: type[CallT]
    """What its endpoints take as their request."""
    usual_policy: Policy = Policy()
    """What holds for an operation that says nothing else."""
    refusal: ClassVar[Mapping[str, Any]]
    """The shape of its refusals, as JSON Schema writes it."""
    url_parameters: frozenset[str] = frozenset()
    """Parameters that it reads from the query of any request."""
    body_parameters: frozenset[str] = frozenset()
    """Fields that it reads from the body of any request."""

    def normal_path(self, path: str) -> str:
        """Return the spelling of `path` by which operations are found."""
        return path

    @abstractmethod
    def read(self, content_type: str, body: bytes) -> Any:
        """Decode a body that is not empty. Raises ProviderError: wrong content type, malformed content."""

    @abstractmethod
    def credential(self, call: CallT) -> str:
        """Return what a request shows to be let in, an empty text where it shows nothing."""

    @abstractmethod
    def admit(self, call: CallT, directory: Directory) -> Sandbox:
        """Return the sandbox that the request's credential belongs to. Raises ProviderError."""

    def authorise(self, call: CallT) -> None:
        """Check the credential inside of its sandbox: expiry, scope, rate. Raises ProviderError."""

    def repeated(self, call: CallT) -> Response | None:
        """Return the response to a request that the provider takes for a repetition, or None to go on."""
        return None

    def remember(self, call: CallT, response: Response) -> None:
        """Keep what `repeated` will want to know of a request that succeeded."""

    def encode(self, call: CallT, response: Response) -> Response:
        """Turn the endpoint's JSON response into the form that the client wants."""
        return response

    def headers(self, call: CallT, sandbox: Sandbox) -> Iterable[tuple[str, str]]:
        """Return the headers that every response carries. Nobody's come with the default sandbox."""
        return ()

    def too_many(self, wait: Millis) -> RefusalT | None:
        """Return the refusal of a request over a rate limit that has room again after `wait`.

        None where the provider documents no rate limit.
        """
        return None

    def other_forms(self, policy: Policy | None, content: Any) -> Mapping[str, str]:
        """Return `content` in the forms beside JSON that the provider speaks, by media type."""
        return {}

    @abstractmethod
    def refuse(self, call: CallT, error: RefusalT) -> Response:
        """Render a refusal."""

    @abstractmethod
    def invalid(self, problems: Problems) -> RefusalT:
        """Translate what was found wrong with a request's fields."""

    @abstractmethod
    def unknown_path(self) -> RefusalT: ...

    @abstractmethod
    def wrong_method(self) -> RefusalT: ...

    @abstractmethod
    def too_large(self, limit: int) -> RefusalT: ...

    @abstractmethod
    def not_built(self, operation: Operation) -> RefusalT: ...

    @abstractmethod
    def crashed(self) -> RefusalT: ...


@dataclass(frozen=True, kw_only=True)
class Provider(SandboxPart):
    """One provider, whole."""

    title: str
    prefixes: tuple[str, ...]
    """The beginnings of its paths. Between providers, the longest that fits decides."""
    base_path: str
    """What its clients' base URLs have after the host."""
    credential_variable: str
    """The name by which its clients look for the credential in their environment."""
    version: str
    """The version of its documentation that is followed."""
    documentation: str
    """The address where its documentation begins."""
    description: str
    security: Mapping[str, Any]
    """Its security scheme, as OpenAPI writes it."""
    dialect: Dialect[Any, Any]
    catalogue: Catalogue
    sections: Sections
    lifecycles: Sequence[Lifecycle]
    """The transition tables of its entities."""
    general_errors: Sequence[type[ProviderError]]
    """Refusals that every operation can answer."""
    fixture: type[Fixture]
    """What its `account.yaml` holds."""
    senders: Sequence[Sender]
    """How it sends what."""
    channels: Sequence[str]
    """What its messages go over."""
    magic: Sequence[Magic]
    """The recipients that decide what becomes of their messages."""
    content: Callable[[Session, Message, Job, str], Content]
    """What a message says; its links lead to the emulator at an origin."""
    environment: Callable[[Session], Mapping[str, str]] = lambda _: {}
    """What else its clients look for in their environment, beside address and credential."""
    follow: Callable[[Turn, str, str], Linked | None] = lambda *_: None
    """Does what one of its links leads to, by method and path; None where that is gone."""
    receive_mail: Callable[[Turn, bytes, str, Sequence[str]], list[str]] | None = None
    """Takes a mail to the account, raw, with its sender and recipients; returns the ids that it has there.

    No ids where nobody receives mails at these addresses. None for a provider that receives no mails.
    """

    def errors(self) -> dict[str, type[ProviderError]]:
        """Return its refusals by name: of its operations, and of requests that reach none."""
        dialect = self.dialect
        general = (dialect.unknown_path(), dialect.wrong_method(), dialect.too_large(MEBIBYTE))
        listed = [*self.general_errors, *map(type, general)]
        listed += [error for route in self.sections.routes for error in route.errors]
        return {error.__name__: error for error in listed}


def senders_of(providers: Iterable[Provider]) -> dict[str, Sender]:
    """Return the senders of all providers, by what their jobs call their provider."""
    return {sender.provider: sender for provider in providers for sender in provider.senders}
