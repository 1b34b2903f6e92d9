"""Helpers for tests of migrations."""

from typing import Any

import pytest

from tests.autosend.conftest import AutoSend

RESEND, SENDGRID = "/migrations/resend", "/migrations/sendgrid"
KEYS = {
    RESEND: {"resendApiKey": "re_emulator000000000000"},
    SENDGRID: {"sendgridApiKey": "SG.emulator000000000000"},
}
ALL = {"migrateAll": True}
NEWSLETTER = "7QK2M"

each_provider = pytest.mark.parametrize("provider", [RESEND, SENDGRID])


def name(provider: str) -> str:
    return provider.rpartition("/")[2].upper()


def migrate(autosend: AutoSend, provider: str, **wanted: Any) -> int:
    return autosend.call("POST", f"{provider}/migrate", KEYS[provider] | wanted).status_code


def done(autosend: AutoSend, provider: str, **wanted: Any) -> None:
    """Start an import, and move the clock on until it has ended."""
    assert migrate(autosend, provider, **wanted) == 202
    autosend.advance("10s")


def job(autosend: AutoSend) -> dict[str, Any]:
    """Return the latest migration, as the control plane shows it."""
    found = autosend.emulator.http.get("/_emulator/jobs", params={"kind": "migration"}).json()["jobs"]
    return dict(found[-1])


def contact(autosend: AutoSend, email: str) -> Any:
    """Return the contact with an address, None if there is none."""
    found = autosend.data("POST", "/contacts/search/emails", {"emails": [email]})["contacts"]
    return found[0] if found else None


def list_names(autosend: AutoSend, email: str) -> list[str]:
    found = contact(autosend, email)
    draft = {"name": "n", "subject": "s", "htmlTemplate": "h", "toLists": found["listIds"]}
    return (
        [one["name"] for one in autosend.data("POST", "/campaigns", draft)["toLists"]]
        if found["listIds"]
        else []
    )


def templates(autosend: AutoSend) -> dict[str, str]:
    """Return the subjects of all templates by name."""
    return dict(autosend.emulator.query("SELECT name, subject FROM autosend_template ORDER BY rowid"))


def entries(autosend: AutoSend) -> set[tuple[str, str, str]]:
    """Return group name, address and reason of each suppression entry."""
    statement = """
        SELECT g.name, s.email, s.reason
        FROM autosend_suppression s JOIN autosend_suppression_group g ON g.code = s.group_code
    """
    return set(autosend.emulator.query(statement))
