"""The client for mails that somebody sends to a provider's account."""

from typing import Any

from emulator.client.connection import Scope, part
from emulator.client.given import given


class Inbound:
    """The incoming mails of a sandbox."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def receive(
        self, sender: str, to: str | list[str], *, provider: str = "autosend", **said: Any
    ) -> list[str]:
        """Let the account receive a mail with `subject`, `text`, `html`, `inReplyTo` and so on.

        Returns its ids at the provider, one for each project that received it.
        """
        body = {"from": sender, "to": _people(to), **given(said)}
        return self._ask(provider, body)

    def receive_raw(
        self, raw: str | bytes, *, to: str | list[str] | None = None, provider: str = "autosend"
    ) -> list[str]:
        """Let the account receive a mail, given as RFC 5322 writes it; return its ids at the provider.

        Without `to`, its headers name the recipients. Raises ValueError for bytes that are no UTF-8.
        """
        text = raw.decode() if isinstance(raw, bytes) else raw
        return self._ask(provider, {"raw": text} if to is None else {"raw": text, "to": _people(to)})

    def _ask(self, provider: str, body: Any) -> list[str]:
        ids: list[str] = self._scope.ask("POST", f"/{part(provider)}/inbound", body=body)["ids"]
        return ids


def _people(to: str | list[str]) -> list[str]:
    return [to] if isinstance(to, str) else to
