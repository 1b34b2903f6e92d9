"""The pytest plugin, which provides an emulator for the session, and a fresh sandbox for each test.

    def test_an_order_is_confirmed(emulator):
        shop = Shop(emulator.base_urls["autosend"], emulator.credentials["autosend"])
        shop.confirm("ann@example.com")
        assert "Order 77" in emulator.messages.find(recipient="ann@example.com")["subject"]

A server is started when a test first needs one; `--emulator-url` or EMULATOR_URL names a running one instead.
Sandboxes begin `empty`; `--emulator-fixtures=`, or `emulator_fixtures` in the ini file, names the set `demo`
or a folder of accounts. Their clocks are frozen and begin now, as libraries that check tokens and signatures
look at the machine's clock; `--emulator-at=epoch` gives every run the same dates. All workers of pytest-xdist
share one server, unless a test or fixture asks for `emulator_server` by name: then each worker starts its
own, so that names which two workers give to sandboxes or snapshots do not collide. A running server that is
named is shared in any case. For a server with other settings, write in a conftest.py:

    @pytest.fixture(scope="session")
    def emulator_server():
        with emulator.testing.running(fixtures="tests/accounts") as control:
            yield control
"""

import math
import os
import platform
import re
import sys
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import UTC
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.client import Control, SandboxClient
    from emulator.workers import Workers

LONGEST_NAME = 63

FASTEST_CLOCK = 1e6
EARLIEST_YEAR = 2000
"""The bounds of clocks, in emulator/engine/clock.py: a client imports nothing of the server."""

SLOWEST, FASTEST = 1e-6, 1e6
"""The bounds of paces, in emulator/sending/job_table.py."""

LARGEST_SEED = 2**63 - 1
"""The bound of seeds, in emulator/settings.py."""

SANDBOX: pytest.StashKey["SandboxClient"] = pytest.StashKey()
"""The key under which a test's own sandbox is stored."""

NUMBERS: "pytest.StashKey[count[int]]" = pytest.StashKey()
"""The key under which a session stores the counter that numbers its sandboxes."""

WORKERS: "pytest.StashKey[Workers]" = pytest.StashKey()
"""The key under which the controller of pytest-xdist stores the emulator of its workers."""

PLACE = "emulator_place"
"""The key in a worker's input that tells it where to ask for the emulator of all workers."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("emulator", "emulator of messaging providers")
    group.addoption("--emulator-url", help="A running emulator  [EMULATOR_URL, or start one]")
    group.addoption("--emulator-clock", help="Clock of the sandboxes: frozen, real or a speed  [frozen]")
    group.addoption("--emulator-fixtures", help="Accounts to begin with: empty, demo or =FOLDER  [empty]")
    group.addoption(
        "--emulator-at", help="Where clocks begin, if not real: now, epoch, an instant  [now if frozen]"
    )
    group.addoption("--emulator-pace", help="Messages a second that the sandboxes send  [the fixtures']")
    group.addoption("--emulator-seed", help="Seed of the sandboxes: the same ids in each  [one for each]")
    parser.addini("emulator_url", "A running emulator, where --emulator-url names none")
    parser.addini("emulator_clock", "Clock of the sandboxes, where --emulator-clock names none")
    parser.addini("emulator_fixtures", "Accounts to begin with, where --emulator-fixtures names none")
    parser.addini("emulator_at", "Where clocks begin, where --emulator-at says nothing")
    parser.addini("emulator_pace", "Messages a second, where --emulator-pace says nothing")
    parser.addini("emulator_seed", "Seed of the sandboxes, where --emulator-seed names none")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count the sandboxes. Raises UsageError for a wrong setting, before any test runs."""
    config.stash[NUMBERS] = count(1)
    _check_url(config)
    _pace(config)
    _seed(config)
    _check_clock(config)
    _check_fixtures(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    if WORKERS in config.stash:
        config.stash[WORKERS].end()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a new worker of pytest-xdist where to ask for the emulator of all workers.

    A worker on another machine, or with another Python, folder or environment, starts its own.
    """
    from emulator.workers import Workers  # noqa: PLC0415 -- imported only in sessions that have workers

    config, spec = node.config, node.gateway.spec
    if not spec.popen or spec.python or spec.chdir or spec.via or spec.env:
        return
    if WORKERS not in config.stash:
        config.stash[WORKERS] = Workers(**_server_settings(config))
    node.workerinput[PLACE] = config.stash[WORKERS].place


@pytest.fixture(scope="session")
def emulator_server(request: pytest.FixtureRequest) -> Iterator["Control"]:
    """The emulator of this session. With pytest-xdist, each worker has its own if a test asks for it by name.

    A running one (`--emulator-url`, EMULATOR_URL) is shared: give no names to sandboxes and snapshots there.
    """
    with _server(request) as control:
        yield control


@pytest.fixture
def emulator(request: pytest.FixtureRequest) -> Iterator["SandboxClient"]:
    """A fresh sandbox of this test: its base URLs, credentials, clock, requests, messages and rules."""
    from emulator.client.report import warn_of_unread  # noqa: PLC0415 -- imported only in sessions that use it
    from emulator.testing import sandbox  # noqa: PLC0415 -- the same

    config, name = request.config, _name(request.node)
    server = request.getfixturevalue("emulator_server")  # not by name: see `_server`
    settings = {"clock": _clock(config), "at": _at(config), "fixtures": _fixtures(config, server)}
    with sandbox(server, name, seed=_seed(config), pace=_pace(config), **settings) as made:
        request.node.stash[SANDBOX] = made
        yield made
        warn_of_unread(made)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a failing test what its sandboxes received and sent.

    A teardown that fails gets no report: the sandboxes are deleted by then.
    """
    outcome = yield
    if outcome.failed and call.when != "teardown":
        for sandbox in _sandboxes(item):
            from emulator.client.report import report  # noqa: PLC0415 -- imported only in sessions that use it

            title = f"emulator: what sandbox {sandbox.name} received"
            outcome.sections.append((title, report(sandbox)))
    return outcome


def _sandboxes(item: pytest.Item) -> list["SandboxClient"]:
    """Return the sandboxes of a test: its own, and those that are the values of its fixtures."""
    client = sys.modules.get("emulator.client")
    if client is None:
        return []
    own = item.stash.get(SANDBOX, None)
    values = [own, *(getattr(item, "funcargs", None) or {}).values()]
    found = {value.name: value for value in values if isinstance(value, client.SandboxClient)}
    return list(found.values())


def _server(request: pytest.FixtureRequest) -> "AbstractContextManager[Control]":
    """Return the running emulator that is named, the one of all workers, or a new one.

    If a test or fixture asks for the server by name, each worker starts its own: names of sandboxes and
    snapshots, and the default sandbox, are for one session.
    """
    from emulator.testing import connected, running  # noqa: PLC0415 -- imported only in sessions that use it

    config = request.config
    if url := _url(config):
        return connected(url)
    place = getattr(config, "workerinput", {}).get(PLACE)
    is_by_name = any("emulator_server" in getattr(item, "fixturenames", ()) for item in request.session.items)
    if place is None or is_by_name:
        return running(**_server_settings(config))
    from emulator.workers import ask  # noqa: PLC0415 -- the same

    return nullcontext(ask(place))


def _name(test: pytest.Item) -> str:
    """Return a sandbox name that no other test, worker, process or machine uses."""
    numbers = test.config.stash[NUMBERS]
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    unique = f"{worker}-{os.getpid()}-{next(numbers)}-{platform.node()}"
    name = re.sub(r"[^a-z0-9]+", "-", f"{unique}-{test.name}".lower())
    return name[:LONGEST_NAME].strip("-")


def _setting(config: pytest.Config, name: str) -> str | None:
    return config.getoption(name) or config.getini(name) or None


def _url(config: pytest.Config) -> str | None:
    """Return the address of the running emulator that is named, if one is."""
    return _setting(config, "emulator_url") or os.environ.get("EMULATOR_URL") or None


def _server_settings(config: pytest.Config) -> dict[str, Any]:
    """Return the settings of an emulator that is started for the session."""
    return {"clock": _clock(config), "at": _at(config), "fixtures": _begun_with(config)}


def _clock(config: pytest.Config) -> str:
    return _setting(config, "emulator_clock") or "frozen"


def _fixtures(config: pytest.Config, server: "Control") -> str | None:
    """Return the chosen set of fixtures; None if none is chosen, or the server was started with a folder."""
    from emulator.testing import SETS, Started  # noqa: PLC0415 -- imported only in sessions that use it

    chosen = _setting(config, "emulator_fixtures")
    if isinstance(server, Started):
        return chosen if chosen in SETS else None
    return _set_of(config, server.url)


def _set_of(config: pytest.Config, url: str) -> str | None:
    """Return the chosen set of fixtures for a running emulator. Raises UsageError for a folder."""
    from emulator.testing import SETS  # noqa: PLC0415 -- imported only in sessions that use it

    chosen = _setting(config, "emulator_fixtures")
    if chosen is not None and chosen not in SETS:
        sets = " or ".join(SETS)
        raise pytest.UsageError(
            f"emulator_fixtures must be {sets}, not {chosen!r}: the emulator at {url} runs already"
        )
    return chosen


def _check_fixtures(config: pytest.Config) -> None:
    """Raise UsageError if the sandboxes can not begin with the chosen fixtures."""
    if _setting(config, "emulator_fixtures") is None:
        return
    if url := _url(config):
        _set_of(config, url)
    else:
        _begun_with(config)


def _begun_with(config: pytest.Config) -> str | None:
    """Return the set or the folder that an emulator is started with. Raises UsageError if it is not there.

    As with pytest's own paths, one in the ini file is relative to the folder of that file, and one of the
    option to the folder where pytest was started.
    """
    from emulator.testing import SETS  # noqa: PLC0415 -- imported only in sessions that use it

    chosen = _setting(config, "emulator_fixtures")
    if chosen is None or chosen in SETS:
        return chosen
    is_of_ini = not config.getoption("emulator_fixtures") and config.inipath is not None
    begin = config.inipath.parent if is_of_ini and config.inipath else config.invocation_params.dir
    folder = begin / chosen
    if not folder.is_dir():
        sets = ", ".join(SETS)
        raise pytest.UsageError(
            f"emulator_fixtures must be {sets} or a folder, not {chosen!r}: there is no {folder}"
        )
    return str(folder)


def _check_url(config: pytest.Config) -> None:
    """Raise UsageError for a wrong address in the option or ini file; EMULATOR_URL is checked when used."""
    if url := _setting(config, "emulator_url"):
        from emulator.client import Control  # noqa: PLC0415 -- imported only in sessions that name one

        try:
            Control(url)
        except ValueError as error:
            raise pytest.UsageError(f"emulator_url: {error}") from error


def _at(config: pytest.Config) -> str | None:
    return _setting(config, "emulator_at")


def _check_clock(config: pytest.Config) -> None:
    """Raise UsageError for an unknown clock or beginning, or a real clock with another beginning than now."""
    clock, at = _clock(config), _at(config)
    if clock not in {"real", "frozen"} and not 0 < _number(clock) <= FASTEST_CLOCK:
        speed = f"a speed above 0 and up to {FASTEST_CLOCK:.0f}"
        raise pytest.UsageError(f"emulator_clock must be real, frozen or {speed}, not {clock!r}")
    if at not in {None, "now", "epoch"} and not _is_instant(str(at)):
        instant = f"an instant in {EARLIEST_YEAR} or later with its zone"
        raise pytest.UsageError(f"emulator_at must be now, epoch or {instant}, not {at!r}")
    if clock == "real" and at not in {None, "now"}:
        raise pytest.UsageError(f"emulator_at is {at!r}, and a real clock shows the machine's time")


def _is_instant(text: str) -> bool:
    from emulator import spelling  # noqa: PLC0415 -- imported only in sessions that name one

    with suppress(ValueError, OverflowError):
        moment = spelling.instant(text)
        return moment.year >= EARLIEST_YEAR and bool(moment.astimezone(UTC))
    return False


def _number(text: str) -> float:
    """Return the number that a text spells; NaN, which is within no bounds, if it spells none."""
    from emulator import spelling  # noqa: PLC0415 -- imported only in sessions that set one

    number = spelling.decimal(text)
    return math.nan if number is None else number


def _pace(config: pytest.Config) -> float | None:
    pace = _setting(config, "emulator_pace")
    if pace is not None and not SLOWEST <= _number(pace) <= FASTEST:
        bounds = f"from {SLOWEST:f} to {FASTEST:.0f}"
        raise pytest.UsageError(
            f"emulator_pace must be a number of messages a second, {bounds}, not {pace!r}"
        )
    return None if pace is None else float(pace)


def _seed(config: pytest.Config) -> int | None:
    seed = _setting(config, "emulator_seed")
    if seed is None:
        return None
    from emulator import spelling  # noqa: PLC0415 -- imported only in sessions that set one

    number = spelling.integer(seed)
    if number is None or number < 0:
        raise pytest.UsageError(f"emulator_seed must be a number from 0 to {LARGEST_SEED}, not {seed!r}")
    return number
