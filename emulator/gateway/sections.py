"""The sections of a provider: every module below its `api/` folder that has a router. They are not listed.

Importing them all, and FastAPI, would double the time to start, so a section is imported when one of its
operations is first requested (docs/decisions/0013-start.md). Which section serves which operation is read
from the text of the decorators. A route without a row in the catalogue is found there too, and stops the
start.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from emulator.gateway.catalogue import PARAMETER, Catalogue, Operation
from emulator.gateway.problems import SectionError

if TYPE_CHECKING:
    from emulator.gateway.route import OperationRoute

ROUTER = re.compile(r'^router = APIRouter\([^)]*?prefix="([^"]*)"', re.MULTILINE)
DECORATOR = re.compile(
    r'^@router\.(?:(?P<verb>get|post|put|patch|delete)\(\s*"(?P<path>[^"]*)"|.*)', re.MULTILINE
)
ELSEWHERE = re.compile(r"^(?!router\b)\w+(?:: *\w+)? = APIRouter\(|^router\.\w+\(", re.MULTILINE)
FORMS = re.compile(r"^from fastapi import (?:\([^)]*?|[^(\n]*?)\b(?:File|Form|UploadFile)\b", re.MULTILINE)
NOT_HERE = (
    (ELSEWHERE, "a section has one router, `router`, and a decorator declares each of its routes"),
    (FORMS, "the dialect decodes forms, too (`read`): take their fields by a model, as those of JSON"),
)
"""What a section can not have: another router, a route that no decorator declares, forms read by FastAPI."""
FUNCTION = re.compile(r"^(async )?def (\w+)", re.MULTILINE)


class Declared(NamedTuple):
    """A route as its decorator declares it."""

    verb: str
    path: str
    module: str
    endpoint: str


class Sections:
    """The sections below a folder. Raises SectionError for one that can not be served."""

    def __init__(self, package: str, folder: Path, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._declared: dict[tuple[str, str], Declared] = {}
        _check_apart(catalogue)
        known = [(operation.method, operation.route) for operation in catalogue.routable()]
        self._order = {place: number for number, place in enumerate(known)}
        for file in sorted(folder.rglob("*.py")):
            parts = file.relative_to(folder).with_suffix("").parts
            for route in _declared(file, f"{package}.{'.'.join(parts)}"):
                self._add(route)

    def _add(self, route: Declared) -> None:
        """Add a route. Raises SectionError for one that the catalogue lacks, or that is never found."""
        said = f"{route.module}: {route.verb} {route.path}"
        if (route.verb, route.path) not in self._order:
            raise SectionError(
                f"{said} is in no row of the catalogue; correct the path, or add the row to endpoints.json"
            )
        if any("{" in part and not PARAMETER.fullmatch(part) for part in route.path.split("/")):
            raise SectionError(f"{said}: write `{{name}}`, one in each segment; the endpoint says its type")
        first = self._declared.setdefault((route.verb, route.path), route)
        if first is not route:
            raise SectionError(f"{said} is declared in {first.module} too")

    def serves(self, operation: Operation) -> bool:
        return (operation.method, operation.route) in self._declared

    def route(self, operation: Operation) -> "OperationRoute | None":
        """Return the route of an operation, None where it is not built. Imports the section."""
        declared = self._declared.get((operation.method, operation.route))
        if declared is None:
            return None
        return next(route for route in _routes(declared.module) if (route.verb, route.path) == declared[:2])

    def paths_of(self, endpoint: str) -> list[str]:
        """Return the paths of the operations whose endpoint has this name."""
        return [route.path for route in self._declared.values() if route.endpoint == endpoint]

    @cached_property
    def modules(self) -> list[str]:
        """The names of all section modules, in the catalogue's order."""
        first: dict[str, int] = {}
        for place, route in self._declared.items():
            first[route.module] = min(self._order[place], first.get(route.module, len(self._order)))
        return sorted(first, key=first.__getitem__)

    @cached_property
    def routes(self) -> "list[OperationRoute]":
        """The routes of all sections. Imports those that are not imported yet."""
        found = [route for module in self.modules for route in _routes(module)]
        for route in found:
            operation = self._catalogue.operation(route.verb, route.path)
            route.summary = route.summary or operation.title
        return found


def _check_apart(catalogue: Catalogue) -> None:
    """Raise SectionError for two rows of the catalogue that have the same requests."""
    seen: dict[str, Operation] = {}
    for operation in catalogue.routable():
        first = seen.setdefault(re.sub(r"\{\w+\}", "{}", operation.key), operation)
        if first is not operation:
            raise SectionError(
                f"endpoints.json: the rows {first.key} ({first.title}) and {operation.key} "
                f"({operation.title}) have the same requests; leave one out"
            )


def _routes(module: str) -> "list[OperationRoute]":
    routes: list[OperationRoute] = import_module(module).router.routes
    return routes


def _declared(file: Path, module: str) -> Iterator[Declared]:
    """Yield the routes that the decorators in a file declare. Raises SectionError."""
    text = file.read_text("utf-8")
    for wrong, sentence in NOT_HERE:
        if found := wrong.search(text):
            raise SectionError(f"{file}:{_line(text, found)}: {sentence}")
    router = ROUTER.search(text)
    if router is not None and "route_class=OperationRoute" not in text:
        raise SectionError(f"{file}: a section's router has `route_class=OperationRoute`")
    for found in DECORATOR.finditer(text):
        place = f"{file}:{_line(text, found)}"
        if router is None:
            raise SectionError(
                f'{place}: a section has `router = APIRouter(prefix="/path", …)`, prefix first'
            )
        if found["verb"] is None:
            raise SectionError(f'{place}: write the path as a text, `@router.post("/path")`')
        function = FUNCTION.search(text, found.end())
        if function is None or function[1] is None:
            raise SectionError(
                f"{place}: an endpoint is `async def`; it runs on the event loop, in its transaction"
            )
        yield Declared(found["verb"].upper(), router[1] + found["path"], module, function[2])


def _line(text: str, found: re.Match[str]) -> int:
    return text.count("\n", 0, found.start()) + 1
