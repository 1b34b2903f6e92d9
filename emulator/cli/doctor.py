"""`emulator doctor`: checks what could keep an emulator from working here, and says what to do about it."""

import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from importlib import import_module, metadata
from pathlib import Path
from shutil import disk_usage
from typing import Any, Literal
from urllib import request
from urllib.parse import urlsplit

from emulator import __version__
from emulator.cli.asking import Failure
from emulator.cli.checking import find_problems
from emulator.cli.serving import settings_of
from emulator.client import Control, ControlError, UnreachableError
from emulator.client.lines import counted
from emulator.gateway.problems import SectionError
from emulator.settings import Settings
from emulator.storage.failures import not_allowed

DISTRIBUTION = "messaging-emulator"
OLDEST_PYTHON = (3, 11)
IN_MEMORY = "kept in memory, and gone with the server; --data FOLDER keeps it"
LEAST_ROOM = 1024 * 1024
"""How many bytes have to be free on the disk of the data folder: a sandbox takes a third of it."""
IN_USE = "in use by an emulator that runs"
NOTHING_THERE = "no emulator answers there yet"


@dataclass(frozen=True)
class Finding:
    """The result of a check, with advice where it fails."""

    check: str
    state: Literal["ok", "warn", "fail"]
    text: str


def find_out(given: dict[str, Any], control: Control | None) -> Iterator[Finding]:
    """Yield the findings about an emulator with these settings, and about the running one at `control`."""
    yield Finding("emulator", "ok", __version__)
    yield _python()
    yield _dependencies()
    try:
        settings = settings_of(given)
    except Failure as error:
        yield Finding("settings", "fail", str(error))
        return
    yield Finding("settings", "ok", "every EMULATOR_ name is known, and every value possible")
    yield _fixtures(settings)
    yield _data(settings.data) if settings.data else Finding("data", "ok", IN_MEMORY)
    yield _port(settings)
    if settings.public_url is not None:
        yield _public_url(settings.public_url, settings.control_token)
    if control is not None:
        yield _address(control)
        yield from _public_url_of(control)
    yield _proxy({"127.0.0.1", "localhost", urlsplit(control.url if control else "").hostname or "localhost"})


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        return Finding("python", "fail", f"{version} is too old: use {oldest} or newer")
    return Finding("python", "ok", f"{version} at {sys.executable}")


def _dependencies() -> Finding:
    missing = [name for name in _required() if not _is_installed(name)]
    try:
        import_module("emulator.server")
        import_module("emulator.control.api")
    except ImportError as error:
        missing.append(error.name or str(error))
    if missing:
        advice = f"python -m pip install {DISTRIBUTION}"
        return Finding("dependencies", "fail", f"missing: {', '.join(missing)}. Install them: {advice}")
    return Finding("dependencies", "ok", "all can be imported")


def _required() -> list[str]:
    """Return the distributions that the package requires on every platform."""
    try:
        requirements = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:  # run from a source tree
        return []
    return [re.split(r"[^\w.-]", one)[0] for one in requirements if ";" not in one]


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _fixtures(settings: Settings) -> Finding:
    try:
        problems = find_problems(settings)
    except SectionError as error:
        return Finding("sections", "fail", str(error))
    if problems:
        return Finding("fixtures", "fail", "; ".join(problems))
    return Finding("fixtures", "ok", f"{settings.fixtures_folder}: valid")


def _data(folder: Path) -> Finding:
    try:
        return _data_folder(folder)
    except OSError as error:
        return Finding("data", "fail", f"{folder}: {error}")


def _data_folder(folder: Path) -> Finding:
    """Check what a data folder contains, and whether it can be used."""
    hindrance = _hindrance(folder)
    if hindrance:
        return Finding("data", "fail", f"{folder}: {hindrance}")
    files = [*folder.glob("*.sqlite"), *folder.glob("origins/*.sqlite")]
    states = {file: _state(file) for file in files}
    wrong = [f"{file}: {state}" for file, state in states.items() if state not in {"", IN_USE}]
    names = sorted(one.name for one in folder.glob("set-aside/**/*.sqlite"))
    aside = f"{folder / 'set-aside'} holds what could not be used: {', '.join(names)}" if names else ""
    if wrong:
        text = f"{'; '.join(wrong)}. Move it away, or use another folder"
        return Finding("data", "fail", "; ".join(filter(None, [text, aside])))
    if IN_USE in states.values():
        text = f"{folder}: {IN_USE}; a second one can not use it"
        return Finding("data", "warn", "; ".join(filter(None, [text, aside])))
    if aside:
        return Finding("data", "warn", aside)
    kept = counted(len(list(folder.glob("*.sqlite"))), "sandbox", "sandboxes")
    return Finding("data", "ok", f"{folder}: can be written to, and holds {kept}")


def _hindrance(folder: Path) -> str:
    """Return why nothing can be written to a folder; an empty text if it can be."""
    place = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not place.is_dir():
        return f"{place} is no folder"
    if not os.access(place, os.R_OK | os.W_OK | os.X_OK):
        return not_allowed(place)
    return "the disk is full; make room on it" if disk_usage(place).free < LEAST_ROOM else ""


def _state(file: Path) -> str:
    """Return why a database file can not be used; an empty text if it can be."""
    from emulator.storage.store import schema_fingerprint

    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=0)) as database:
            if not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return ""  # it counts as absent
            version = database.execute("PRAGMA user_version").fetchone()[0]
            checked = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        return IN_USE if "locked" in str(error) else str(error)
    except sqlite3.DatabaseError as error:
        return str(error)
    if version != schema_fingerprint():
        return "written by another version of the emulator"
    return "" if checked == "ok" else f"is damaged ({checked})"


def _port(settings: Settings) -> Finding:
    from emulator.server.serving import HostError, PortTakenError, address, listen

    try:
        listen(settings.host, settings.port).close()
    except HostError as error:
        return Finding("port", "fail", str(error))
    except PortTakenError as error:
        found = _address(Control(address(settings.host, settings.port), settings.control_token))
        return Finding("port", "fail", str(error)) if found.state == "fail" else replace(found, check="port")
    place = f"{settings.host}:{settings.port} is free" if settings.port else "any that is free"
    return Finding("port", "ok", place)


def _address(control: Control) -> Finding:
    """Check whether an emulator responds at an address."""
    try:
        health = control.health()
        sandboxes = control.sandboxes()
    except UnreachableError as error:
        return Finding("address", "fail", str(error))
    except ControlError as error:
        return Finding("address", "warn", f"an emulator answers at {control.url}, but: {error}")
    crashed = [f"{one['failed_events']} in {one['name']}" for one in sandboxes if one["failed_events"]]
    if crashed:
        advice = f"see {control.url}/_emulator/clock/failed?sandbox=NAME, and retry or drop them there"
        problem = f"an emulator answers at {control.url}, but due events crashed: {', '.join(crashed)}"
        return Finding("address", "warn", f"{problem}; {advice}")
    number = counted(len(sandboxes), "sandbox", "sandboxes")
    return Finding("address", "ok", f"an emulator answers at {control.url}: {health}, {number}")


def _public_url_of(control: Control) -> Iterator[Finding]:
    """Check whether the public URL of a running emulator, if it has one, leads to it from here."""
    with suppress(ControlError, ValueError):
        url = control.public_url()
        if url is not None:
            found = _public_url(url, control.connection.token)
            yield replace(found, state="warn") if NOTHING_THERE in found.text else found


def _public_url(url: str, token: str | None) -> Finding:
    """Check whether a public URL leads to the emulator that has it, and to no other."""
    try:
        named = Control(url, token).public_url()
    except (ControlError, ValueError) as error:
        return Finding("public url", "ok", f"{url}: {NOTHING_THERE} ({error})")
    if named == url:
        return Finding("public url", "ok", f"{url} leads to the emulator that calls itself so")
    advice = "EMULATOR_PUBLIC_URL has to lead to one emulator alone, not to a load balancer"
    return Finding("public url", "fail", f"{url} leads to an emulator that calls itself {named}: {advice}")


def _proxy(hosts: set[str]) -> Finding:
    """Check whether clients that obey HTTP_PROXY would send requests for these hosts to the proxy."""
    proxies = request.getproxies_environment()
    if not proxies.keys() & {"http", "all"}:
        return Finding("proxy", "ok", "none is set")
    goes_past = request.proxy_bypass_environment  # type: ignore[attr-defined]
    lost = sorted(host for host in hosts if not goes_past(host, proxies))
    if lost:
        advice = f"set NO_PROXY={','.join(filter(None, [proxies.get('no'), *lost]))}"
        problem = f"HTTP_PROXY is set, and takes requests for {', '.join(lost)}"
        return Finding("proxy", "warn", f"{problem}: {advice}")
    return Finding("proxy", "ok", "requests for this machine go past it")
