"""Accounts: quota, invoices, subscriptions, suspension and deletion. Tests steer them, no operation does.

https://docs.autosend.com/others/account/usage (the quota), https://docs.autosend.com/wiki/account-health
(suspension), https://docs.autosend.com/others/account/billing: sending pauses 7 days after an invoice that is
not paid, and an account without a subscription is deleted after 60.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from emulator.autosend.projects import projects_of
from emulator.autosend.sending.delivery import CHANNEL
from emulator.autosend.sending.holding import go_on
from emulator.autosend.tables.account import ORGANIZATION, Organization
from emulator.autosend.values import MOST_MAILS, Email
from emulator.engine.clock import DAY, Millis
from emulator.engine.engine import MANY_ROWS, Handler, Turn
from emulator.sending.steering import Action, JobKind, JobView

INVOICE, SUBSCRIPTION, QUOTA = "autosend.invoice:", "autosend.subscription:", "autosend.quota:"
UNPAID, ENDED, LIMITED = "autosend.unpaid", "autosend.ended", "autosend.limited"
PAUSES_AFTER, DELETED_AFTER = 7 * DAY, 60 * DAY


def events() -> dict[str, Handler]:
    """Return the handlers of the due events of accounts."""
    return {UNPAID: _on_unpaid, ENDED: _on_ended, LIMITED: _on_limited}


def limit_from_now(turn: Turn, organization: Organization, quota: int | None) -> None:
    """Schedule the quota of an account after the mails of its fixture's past, which use nothing of it."""
    turn.schedule(turn.now, LIMITED, f"{QUOTA}{organization.id}", quota=quota)


def _on_limited(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    turn.session.get_one(Organization, about.removeprefix(QUOTA)).quota = details["quota"]


def _on_unpaid(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    turn.session.get_one(Organization, about.removeprefix(INVOICE)).invoice = "overdue"


def _on_ended(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    _delete(turn, turn.session.get_one(Organization, about.removeprefix(SUBSCRIPTION)))


class OrganizationSettings(BaseModel):
    """The settings of an account, which no operation can set; see the columns of `Organization`."""

    model_config = ConfigDict(extra="forbid")

    quota: Annotated[int, Field(ge=0, le=MOST_MAILS)] | None = None
    used: Annotated[int, Field(ge=0, le=MOST_MAILS)] = 0
    invoice: Literal["paid", "unpaid", "overdue"] = "paid"
    subscription: Literal["active", "expired"] = "active"
    watches_health: bool = False
    admins: Annotated[list[Email], Field(max_length=100)] = []


def _suspend(turn: Turn, organization: Organization) -> None:
    organization.status = "suspended"


def _reinstate(turn: Turn, organization: Organization) -> None:
    organization.status = "active"
    _go_on(turn, organization)


def _delete(turn: Turn, organization: Organization) -> None:
    """Delete an account: its keys become invalid (keys.py), its mails stay as they are."""
    organization.status = "deleted"


def _go_on(turn: Turn, organization: Organization) -> None:
    go_on(turn, [project.id for project in projects_of(turn.session, organization.id)])


class Organizations(JobKind[Organization]):
    """Accounts, steered like jobs: a suspended one holds back the mails of its projects."""

    provider = "autosend"
    kind = "organization"
    is_sending = False
    entity = Organization
    lives = (ORGANIZATION,)
    settings_model = OrganizationSettings
    actions: ClassVar[Mapping[str, Action[Organization]]] = {
        "suspend": _suspend,
        "reinstate": _reinstate,
        "delete": _delete,
    }

    def view(self, session: Session, row: Organization) -> JobView:
        return JobView(row.id, "Account", row.status, CHANNEL, (), {"organizationId": row.id})

    def put(self, turn: Turn, row: Organization, state: str) -> None:
        {"active": _reinstate, "suspended": _suspend, "deleted": _delete}[state](turn, row)

    def set(self, turn: Turn, row: Organization, settings: Mapping[str, Any]) -> None:
        before = row.invoice, row.subscription
        super().set(turn, row, settings)
        if row.invoice != before[0]:
            _plan(turn, f"{INVOICE}{row.id}", UNPAID, PAUSES_AFTER if row.invoice == "unpaid" else None)
        if row.subscription != before[1]:
            is_over = row.subscription == "expired"
            _plan(turn, f"{SUBSCRIPTION}{row.id}", ENDED, DELETED_AFTER if is_over else None)
        _go_on(turn, row)


def _plan(turn: Turn, subject: str, name: str, after: Millis | None) -> None:
    """Schedule what happens to an account that does not pay, in place of an earlier plan; None cancels it."""
    turn.cancel(subject)
    if after is not None:
        turn.schedule(turn.now + after, name, subject, rows=MANY_ROWS)
