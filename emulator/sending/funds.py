"""The money that providers take for messages, for tests to look at and to change past the providers' APIs."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from sqlmodel import Session


@dataclass(frozen=True)
class Funds:
    """The money of a provider's account; amounts are counted in the units of its purse."""

    balance: int
    credit: int
    """How far the balance may go below zero."""
    reserved: int
    """What messages under way will cost if they arrive."""
    currency: str

    @property
    def available(self) -> int:
        return self.balance + self.credit - self.reserved


class Purse(ABC):
    """The account of a provider whose messages cost money."""

    decimals: ClassVar[int]
    """How many decimals of the currency its amounts have."""

    @abstractmethod
    def look(self, session: Session) -> Funds: ...

    @abstractmethod
    def fill(self, session: Session, balance: int) -> None:
        """Set the balance."""
