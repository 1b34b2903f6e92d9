"""The interface between the emulator and a provider.

A provider is data: its sections of operations, its dialect (how its requests are read and how its responses
and refusals look), its senders, and the account of a fresh sandbox.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from sqlmodel import Session
from starlette.responses import Response

from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.faults.doors import Door
from emulator.gateway.call import Call, Problems
from emulator.gateway.catalogue import Catalogue, Operation
from emulator.gateway.policy import MEBIBYTE, Policy
from emulator.gateway.sections import Sections
from emulator.sandbox.directory import Directory
from emulator.sandbox.links import Linked, Visit
from emulator.sandbox.parts import SandboxPart
from emulator.sandbox.refusal import ProviderError
from emulator.sandbox.sandbox import Sandbox
from emulator.sending.content import Content
from emulator.sending.funds import Purse
from emulator.sending.identity import NOTHING_NAMED, Identity, Named, Wording
from emulator.sending.job_table import Job
from emulator.sending.jobs import JobSender
from emulator.sending.lifecycle import Lifecycle
from emulator.sending.messages import Message
from emulator.sending.outcomes import Magic

CallT = TypeVar("CallT", bound=Call)
RefusalT = TypeVar("RefusalT", bound=ProviderError)


class Dialect(ABC, Generic[CallT, RefusalT]):
    """How one provider reads requests, and how its responses and refusals look.

    Methods with a body do what most providers do; each provider implements the abstract ones.
    """

    call: type[CallT]
    """The class of the request that its endpoints take."""
    usual_policy: Policy = Policy()
    """The policy of operations that name none."""
    refusal: ClassVar[Mapping[str, Any]]
    """The JSON Schema of its usual refusals."""
    encodings: frozenset[str] = frozenset()
    """The encodings of bodies that it unpacks, of those in emulator/gateway/encodings.py."""
    url_parameters: frozenset[str] = frozenset()
    """The parameters that it reads from the query of any request."""
    body_parameters: frozenset[str] = frozenset()
    """The fields that it reads from the body of any request."""

    def normal_path(self, path: str) -> str:
        """Return `path` in the spelling by which operations are found."""
        return path

    def refusal_form(self, policy: Policy | None) -> tuple[str, Mapping[str, Any]]:
        """Return the name and JSON Schema, for OpenAPI, of the refusals of operations with this policy."""
        return "Refusal", self.refusal

    @abstractmethod
    def read(self, content_type: str, body: bytes) -> Any:
        """Decode a body that is not empty. Raises ProviderError: wrong content type, malformed content."""

    @abstractmethod
    def credential(self, call: CallT) -> str:
        """Return the credential that a request shows, an empty text where it shows none."""

    @abstractmethod
    def admit(self, call: CallT, directory: Directory) -> Sandbox:
        """Return the sandbox that the request's credential belongs to. Raises ProviderError."""

    def authorise(self, call: CallT) -> None:
        """Check the credential in the sandbox's data: expiry, scope, rate limit. Raises ProviderError."""

    def turned_away(self, call: CallT) -> None:
        """Note a request that is refused before it is authorised: its body, path or method is wrong."""

    def repeated(self, call: CallT) -> Response | None:
        """Return the earlier response to a request that the provider takes for a repetition, else None."""
        return None

    def remember(self, call: CallT, response: Response) -> None:
        """Store what `repeated` will need about a request that succeeded."""

    def encode(self, call: CallT, response: Response) -> Response:
        """Turn the endpoint's JSON response into the form that the client wants."""
        return response

    def headers(self, call: CallT, sandbox: Sandbox) -> Iterable[tuple[str, str]]:
        """Return the headers of every response. For requests without a sandbox, it gets the default one."""
        return ()

    def too_many(self, wait: Millis) -> RefusalT | None:
        """Return the refusal of a request that exceeds a rate limit, which has room again after `wait`.

        None where the provider documents no rate limit.
        """
        return None

    def request_forms(self, policy: Policy | None, body: Any) -> Mapping[str, str]:
        """Return a request's body in the provider's forms beside JSON that can hold it, by media type."""
        return {}

    def response_forms(self, policy: Policy | None, content: Any) -> Mapping[str, str]:
        """Return a response's body in the provider's forms beside JSON, by media type."""
        return {}

    @abstractmethod
    def refuse(self, call: CallT, error: RefusalT) -> Response:
        """Return the response for a refusal."""

    @abstractmethod
    def invalid(self, problems: Problems) -> RefusalT:
        """Return the refusal of a request whose fields have these errors."""

    @abstractmethod
    def unknown_path(self) -> RefusalT: ...

    @abstractmethod
    def wrong_method(self) -> RefusalT: ...

    @abstractmethod
    def too_large(self, limit: int) -> RefusalT: ...

    @abstractmethod
    def unsupported_encoding(self, encoding: str) -> RefusalT:
        """Return the refusal of a body with an encoding that is none of `encodings`."""

    @abstractmethod
    def not_built(self, operation: Operation) -> RefusalT: ...

    @abstractmethod
    def crashed(self) -> RefusalT: ...


@dataclass(frozen=True, kw_only=True)
class Provider(SandboxPart):
    """Everything that the emulator needs of one provider."""

    title: str
    prefixes: tuple[str, ...]
    """The beginnings of its paths, with a slash at both ends. Where several fit, the longest decides."""
    base_path: str
    """The path of its clients' base URL."""
    credential_variable: str
    """The environment variable in which its clients look for the credential."""
    version: str
    """The version of its documentation that the emulator follows."""
    documentation: str
    """The address of its documentation's first page."""
    description: str
    security: Mapping[str, Any]
    """Its security scheme in the form of OpenAPI."""
    dialect: Dialect[Any, Any]
    catalogue: Catalogue
    doors: Sequence[Door] = ()
    """The other ways to it than HTTP."""
    sections: Sections
    lifecycles: Sequence[Lifecycle]
    """The transition tables of its entities."""
    general_errors: Sequence[type[ProviderError]]
    """The refusals that every operation can return."""
    services: Sequence[str] = ()
    """The channels whose service a recipient's phone may lack, as an outcome rule can say."""
    magic: Sequence[Magic]
    """The recipients that choose the outcome of their messages."""
    explained: Collection[str] = ()
    """The outcomes for which an outcome rule can give a reason."""
    content: Callable[[Session, Message, Job, str], Content]
    """Returns the content of a message of a job; the last argument is the origin of the links in it."""
    identity: Callable[[Session, Message], Identity] = lambda *_: Identity()
    """Returns the ids by which its clients know a message."""
    named: Callable[[Session, str], Named] = lambda *_: NOTHING_NAMED
    """Returns the messages, or the jobs, that one of its own ids names; nothing for any other text."""
    wordings: Callable[[Session, Sequence[int]], Mapping[tuple[int, str], Wording]] = lambda *_: {}
    """Returns what the messages of jobs say, by job and channel: searches look at it first."""
    subject: Callable[[Session, Message], str] | None = None
    """Returns the subject of a message; None where it is read from the content, at no greater cost."""
    environment: Callable[[Session], Mapping[str, str]] = lambda _: {}
    """Returns further variables that its clients look for in their environment, with their values."""
    follow: Callable[[Turn, Visit, str], Linked | None] = lambda *_: None
    """Performs a visit to one of its links, given the path. Returns None where the target is gone."""
    visit: Callable[[Turn, str, str, Visit], str | Linked | None] = lambda *_: None
    """Counts a visit to a short link, given its domain and its slug, the path behind the domain.

    Returns the target's address, or a page; None where the domain is none of its own.
    """
    may_have: Callable[[int, str], bool] = lambda *_: False
    """Returns whether a sandbox with this seed may have made the slug of a short link."""
    has_short_domain: Callable[[Session, str], bool] = lambda *_: False
    """Returns whether a host name is one of its short domains."""
    purse: Purse | None = None
    """The money of its account; None where messages cost nothing."""
    receive_mail: Callable[[Turn, bytes, str, Sequence[str]], list[str]] | None = None
    """Receives a raw mail with its sender and recipients; returns the ids under which it is stored.

    It returns no ids if none of these addresses receives mails. None for a provider that receives no mails.
    """

    def operations(self) -> list[str]:
        """Return the operations that requests in the journal can have."""
        return [
            *(operation.key for operation in self.catalogue.routable()),
            *(door.name for door in self.doors),
        ]

    def door_of(self, operation: str | None, method: str | None) -> Door | None:
        """Return the door with the name of this operation or, in any case of letters, of this method."""
        return next((door for door in self.doors if door.name in {operation, (method or "").upper()}), None)

    def statuses(self) -> list[str]:
        """Return all statuses that the histories of its messages can have, sorted."""
        return sorted({status for one in self.senders for status in one.statuses_in(one.outcomes)})

    def errors(self) -> dict[str, type[ProviderError]]:
        """Return its refusals by name: those of its operations, and those of requests that reach none."""
        dialect = self.dialect
        general = (
            dialect.unknown_path(),
            dialect.wrong_method(),
            dialect.too_large(MEBIBYTE),
            dialect.unsupported_encoding("zstd"),
        )
        listed = [*self.general_errors, *map(type, general)]
        listed += [error for route in self.sections.routes for error in route.errors]
        return {error.__name__: error for error in listed}


def senders_of(providers: Iterable[Provider]) -> dict[str, JobSender]:
    """Return the senders of all providers, by the name in the column `provider` of their jobs."""
    return {sender.provider: sender for provider in providers for sender in provider.senders}


class Prefixes:
    """Finds the provider that a path belongs to: the one with the longest prefix of it."""

    def __init__(self, providers: Iterable[Provider]) -> None:
        named = [(prefix, provider) for provider in providers for prefix in provider.prefixes]
        self._named = sorted(named, key=lambda pair: len(pair[0]), reverse=True)

    def provider_at(self, path: str) -> Provider | None:
        # A base URL that ends with a slash makes paths begin with two: the provider refuses them as unknown.
        whole = f"/{path.lstrip('/')}/"
        for prefix, provider in self._named:
            if whole.startswith(prefix):
                return provider
        return None
