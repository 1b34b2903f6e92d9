"""Fixtures of short domains and links on them."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from emulator.engine.engine import Turn
from emulator.rcs.account.parts import Uuid
from emulator.rcs.short_links import HOST_NAME, click
from emulator.rcs.tables.short_links import ShortDomain, ShortLink, SlugType
from emulator.sandbox.fixtures import Duration, Fixture, Place, Unique
from emulator.sandbox.links import Visit
from emulator.webhooks.addresses import check_form

WebAddress = Annotated[
    str, Field(min_length=1, max_length=2048, pattern=r"^https?://\S+$"), AfterValidator(check_form)
]

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
NETWORKS = ("192.0.2", "198.51.100", "203.0.113", "198.18.0")
"""Networks that nobody has: they are reserved for documentation and benchmarks."""
VISITORS = 250
"""How many addresses of each network are used."""


class LinkFixture(Fixture):
    id: Uuid
    slug: Annotated[str, Unique()] = Field(pattern="^[A-Za-z0-9_-]{1,25}$")
    link: WebAddress
    name: str | None = Field(None, min_length=1, max_length=50)
    status: Literal["active", "blocked", "not_paid", "problem"] = "active"
    made: Duration = 0
    """How long ago."""
    clicks: int = Field(0, ge=0, le=len(NETWORKS) * VISITORS)
    """How many people have followed it since."""

    def store(self, turn: Turn, domain: "DomainFixture") -> None:
        then = Turn(turn.store, turn.ids, turn.now - self.made)
        turn.store.execute(_ADD, (self.id, domain.id, self.slug, self.status, self.name, self.link, then.now))
        stored = turn.session.get_one(ShortLink, self.id)
        for number in range(self.clicks):
            click(
                then, domain.name, stored, Visit(address=_address(number), user_agent=BROWSER, language="uk")
            )


class DomainFixture(Fixture):
    id: Uuid
    name: Annotated[str, Unique()] = Field(max_length=20, pattern=f"^{HOST_NAME}$")
    system_domain_id: Uuid | None = Field(None, alias="system")
    status: Literal["active", "inactive", "blocked", "not_paid"] = "active"
    is_default: bool = Field(False, alias="default")
    slug_type: SlugType = "random"
    not_found_page: WebAddress | None = None
    made: Duration = 0
    """How long ago."""
    links: list[LinkFixture] = []

    def contradictions(self) -> Iterator[tuple[Place, str]]:
        """Yield complaints about links that are older than the domain."""
        for place, link in enumerate(self.links):
            if link.made > self.made:
                yield ("links", place, "made"), "is longer ago than its domain was made"

    def store(self, turn: Turn) -> None:
        turn.session.add(self.row(ShortDomain, created_at=turn.now - self.made))
        for link in self.links:
            link.store(turn, self)


def _address(number: int) -> str:
    """Return the IP address of a visitor; no two have the same."""
    network, host = divmod(number, VISITORS)
    return f"{NETWORKS[network]}.{host + 1}"


_ADD = """
    INSERT INTO rcs_short_link (id, domain_id, slug, status, name, original_link, campaign_id, message_id,
    phone, init_deleted_at, created_at) VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL, ?)
"""
