"""The loyalty programs of a fixture, with their promo codes."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from emulator.altcraft.loyalty import promo_codes
from emulator.altcraft.people.matching import Match, find_one
from emulator.altcraft.refusals import AltcraftError
from emulator.altcraft.tables.loyalty import LoyaltyProgram
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Duration, Fixture, FixtureError, In


class CodeFixture(Fixture):
    """A promo code, and who has it."""

    code: str = Field(min_length=1)
    expires_in: Duration | None = None
    attached: list[str] = []
    """The e-mails of the profiles that have it."""
    activated: bool = False

    def store(self, turn: Turn, program: LoyaltyProgram) -> None:
        """Store the code. Raises AltcraftError where the API would refuse it."""
        promo_codes.import_codes(turn, program, [self.code])
        for email in self.attached:
            profile_id = find_one(turn.session, program.database_id, Match("email", email))
            promo_codes.attach(turn, program, profile_id, self.code)
        if self.activated:
            promo_codes.activate(turn, program, self.code)
        if self.expires_in is not None:
            expires_at = turn.now + self.expires_in
            promo_codes.change(turn, program, self.code, activated=None, expires_at=expires_at)


class LoyaltyProgramFixture(Fixture):
    """A loyalty program for the people of a database. Of those of one database, one is active at most."""

    id: int = Field(ge=1)
    external_id: str = ""
    name: str
    description: str = ""
    database_id: Annotated[int, In("databases")] = Field(alias="database")
    is_active: bool = Field(True, alias="active")
    max_codes: int = Field(0, ge=0)
    """How many promo codes it has room for; 0 for any number."""
    reuses_codes: bool = False
    """Whether a promo code can be attached to several profiles."""
    codes: list[str | CodeFixture] = []
    """Promo codes; those that are nothing but a text are free."""

    def store(self, turn: Turn) -> None:
        """Store the program with its codes. Raises FixtureError."""
        program = self.row(LoyaltyProgram)
        turn.session.add(program)
        for place, code in enumerate(self.codes):
            fixture = CodeFixture(code=code) if isinstance(code, str) else code
            try:
                fixture.store(turn, program)
            except AltcraftError as problem:
                raise FixtureError(f"loyalty_programs: {self.name}: codes.{place}: {problem}") from problem


def check_active(programs: Sequence[LoyaltyProgramFixture]) -> None:
    """Raise ValueError where several programs of a database are active."""
    databases = [one.database_id for one in programs if one.is_active]
    if len(set(databases)) < len(databases):
        raise ValueError("one loyalty program of a database is active at most")
