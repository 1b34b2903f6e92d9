"""The menu of a provider's documentation: which section modules have the operations of which area.

An area is loaded when one of its operations is first asked for, and FastAPI with the first of all: a
start that loaded everything would take half as long again, and longer with every section that is built.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from emulator.core.catalogue import Operation

if TYPE_CHECKING:
    from emulator.core.section import OperationRoute, Section


class Menu:
    """The areas of a provider's catalogue, each with its section modules in the documentation's order."""

    def __init__(self, package: str, areas: Mapping[str, Sequence[str]]) -> None:
        self._package = package
        self.areas = areas

    def modules(self, area: str) -> list[str]:
        """Answer the names of an area's section modules, none for an area that is not built."""
        return [f"{self._package}.{name}" for name in self.areas.get(area, ())]

    def sections_of(self, area: str) -> "list[Section]":
        return [import_module(name).section for name in self.modules(area)]

    def route(self, operation: Operation) -> "OperationRoute | None":
        """Answer what serves an operation, None where it is not built."""
        wanted = operation.method, operation.route
        routes = (route for section in self.sections_of(operation.area) for route in section.routes)
        return next((route for route in routes if (route.verb, route.path) == wanted), None)

    @cached_property
    def sections(self) -> "list[Section]":
        """All sections, which loads what is not loaded yet."""
        return [section for area in self.areas for section in self.sections_of(area)]

    @property
    def routes(self) -> "list[OperationRoute]":
        """The routes of all sections."""
        return [route for section in self.sections for route in section.routes]
