"""The structure of the code that a newcomer relies on to find an operation."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.app import make_providers
from emulator.coverage import coverage_page
from emulator.gateway.route import OperationRoute
from emulator.providers import Provider
from emulator.settings import Settings

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "emulator").rglob("*.py"))
ALL_FILES = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").glob("*.py"))]
PROVIDERS = make_providers(Settings())


def routes() -> Iterator[tuple[Provider, OperationRoute]]:
    for provider in PROVIDERS:
        for route in provider.sections.routes:
            yield provider, route


EACH_ROUTE = [pytest.param(*pair, id=f"{pair[1].verb} {pair[1].path}") for pair in routes()]


@pytest.mark.parametrize("source", ALL_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_long(source: Path) -> None:
    assert len(source.read_text().splitlines()) <= 400


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_for(source: Path) -> None:
    assert ast.get_docstring(ast.parse(source.read_text()))


@pytest.mark.parametrize(("provider", "route"), EACH_ROUTE)
def test_an_operation_names_its_documentation_page(provider: Provider, route: OperationRoute) -> None:
    """Its docstring has the page that the catalogue has, which Swagger UI and COVERAGE.md show."""
    operation = provider.catalogue.operation(route.verb, route.path)
    assert operation.source
    named = re.findall(r"(?:https://|github\.com/)[^\s;,]+", route.endpoint.__doc__ or "")
    assert named, "the docstring has no address"
    assert operation.address is None or _plain(operation.address) in map(_plain, named)


def _plain(address: str) -> str:
    return address.removeprefix("https://").rstrip("/.")


@pytest.mark.parametrize(("provider", "route"), EACH_ROUTE)
def test_an_endpoint_is_short(provider: Provider, route: OperationRoute) -> None:
    lines = ast.unparse(ast.parse(_source(route))).splitlines()
    assert len(lines) <= 40


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_every_section_module_is_found(provider: Provider) -> None:
    folder = ROOT / "emulator" / provider.name / "api"
    written = {
        ".".join(source.relative_to(ROOT).with_suffix("").parts)
        for source in folder.rglob("*.py")
        if re.search("^router = ", source.read_text(), re.MULTILINE)
    }
    assert sorted(provider.sections.modules) == sorted(written)


@pytest.mark.parametrize(("provider", "route"), EACH_ROUTE)
def test_an_operation_is_found_by_its_row_in_the_catalogue(provider: Provider, route: OperationRoute) -> None:
    operation = provider.catalogue.operation(route.verb, route.path)
    assert operation.is_routable
    assert provider.sections.route(operation) is route


def _source(route: OperationRoute) -> str:
    return textwrap.dedent(inspect.getsource(route.endpoint))


def test_the_coverage_page_is_up_to_date() -> None:
    page = (ROOT / "COVERAGE.md").read_text()
    assert page == coverage_page(), "run: emulator coverage > COVERAGE.md"


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_a_refusal_has_a_name_of_its_own(provider: Provider) -> None:
    """Fault rules refer to refusals by name."""
    found = {error for route in provider.sections.routes for error in route.errors}
    names = [error.__name__ for error in found | set(provider.general_errors)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_a_refusal_of_an_operation_is_raised(provider: Provider) -> None:
    """Swagger UI would show one that nobody can get."""
    trees = [ast.parse(source.read_text()) for source in (ROOT / "emulator" / provider.name).rglob("*.py")]
    named = {name for tree in trees for name in _assigned(tree)}
    listed = {
        error.__name__
        for route in provider.sections.routes
        for error in route.errors
        if not error.made_by_faults and error.__name__ in named
    }
    unused = listed.difference(name for tree in trees for name in _used(tree))
    assert not unused, "raise it, leave it out of `refuses`, or say `made_by_faults=True`"


def _assigned(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module gives to refusals and everything else at its top."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _used(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module reads, but for what it hands to `refuses`."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "refuses":
            continue
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        waiting += ast.iter_child_nodes(node)


DOCUMENTED = {
    "fastapi",
    "fastapi.exceptions",
    "fastapi.openapi.utils",
    "fastapi.routing",
    "fastapi.telemetry",
    "starlette.applications",
    "starlette.datastructures",
    "starlette.exceptions",
    "starlette.requests",
    "starlette.responses",
    "starlette.routing",
    "starlette.types",
}
"""The modules of FastAPI and Starlette that we use, all of which their documentation shows."""


@pytest.mark.slow
def test_nothing_undocumented_of_fastapi_is_used() -> None:
    used = {name for source in SOURCES for name in _imported(source) if name.split(".")[0] in WEB}
    assert used <= DOCUMENTED


WEB = {"fastapi", "starlette"}


def _imported(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_private_names_of_sqlalchemy_are_in_one_file() -> None:
    private = re.compile(r"instance_dict|_commit_all|\._modified|_sa_instance_state|_propagate_attrs")
    users = {source.name for source in SOURCES if private.search(source.read_text())}
    assert users == {"session.py"}


@pytest.mark.parametrize("source", ALL_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_exception_from_a_rule_says_why(source: Path) -> None:
    silenced = re.findall(r'[^"] # (noqa.*)', source.read_text())
    assert [said for said in silenced if not re.match("noqa: [A-Z0-9, ]+ -- .", said)] == []
