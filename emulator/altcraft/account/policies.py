"""The sending policies of a fixture."""

from pydantic import Field

from emulator.altcraft.account.parts import Named
from emulator.altcraft.tables.policies import SendingPolicy
from emulator.sandbox.fixtures import Fixture


class LimitFixture(Fixture):
    messages: int = Field(ge=1, le=15)
    days: int = Field(ge=1, le=16)


class PolicyFixture(Named):
    """Limits of how many messages a profile may get in some days; what is left out has no limit."""

    recipient: LimitFixture | None = None
    """The limit over all resources and channels."""
    resource: LimitFixture | None = None
    """The limit of each resource, over all channels."""
    channel: LimitFixture | None = None
    """The limit of each channel, over all resources."""
    contact: LimitFixture | None = None
    """To one address, even if several profiles share it."""

    def stored(self) -> SendingPolicy:
        said = {name: getattr(self, name) for name in ("recipient", "resource", "channel", "contact")}
        limits = {name: [one.messages, one.days] for name, one in said.items() if one is not None}
        return self.row(SendingPolicy, limits=limits)
