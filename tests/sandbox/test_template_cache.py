"""Templates stay between starts, so that fixtures are loaded once and not at every start."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from emulator.app import make_providers, make_world
from emulator.engine.clock import HOUR, machine_millis
from emulator.sandbox import template_cache, template_sets
from emulator.sandbox.fixtures import Accounts
from emulator.sandbox.template_cache import DIGEST, MOST_KEPT, TemplateCache, key_of, usual_folder
from emulator.settings import Settings, shipped_fixtures
from emulator.storage import drafts
from emulator.storage.store import Store
from tests.conftest import Emulator, in_process

KEY = {"Authorization": "Bearer AS_emulator000000000000"}
CAMPAIGN = "/v1/campaigns/60d5ec49f1b2c72d9c8b4567"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The fixture files that were loaded."""
    loaded: list[Path] = []
    usual = Accounts.load

    def load(accounts: Accounts, turn: Any, file: Path) -> None:
        loaded.append(file)
        usual(accounts, turn, file)

    monkeypatch.setattr(Accounts, "load", load)
    return loaded


@contextmanager
def started(cache: Path, **chosen: Any) -> Iterator[Emulator]:
    with in_process(cache=str(cache), **chosen) as emulator:
        yield emulator


def start(cache: Path, **chosen: Any) -> bytes:
    """Start and end an emulator; return its response with all messages."""
    with started(cache, **chosen) as emulator:
        content: bytes = emulator.http.get("/_emulator/messages").content
        return content


def kept(cache: Path) -> list[Path]:
    return sorted(cache.iterdir()) if cache.exists() else []


@pytest.mark.slow
@pytest.mark.parametrize("clock", ["frozen", "real"])
def test_a_second_start_loads_no_fixtures(cache: Path, loads: list[Path], clock: str) -> None:
    first = start(cache, fixtures="demo", clock=clock)
    assert len(loads) == len(["altcraft", "rcs", "autosend"])
    second = start(cache, fixtures="demo", clock=clock)
    assert len(loads) == len(["altcraft", "rcs", "autosend"])
    assert clock == "real" or first == second


@pytest.mark.slow
def test_what_was_taken_over_is_what_would_have_been_built(cache: Path) -> None:
    answers = []
    for place in (cache, cache, Path("off")):
        with started(place) as emulator:
            campaign = emulator.http.get(CAMPAIGN, headers=KEY)
            emulator.advance("1h")
            made = emulator.sandbox().environment
            answers.append((campaign.content, emulator.http.get("/_emulator/jobs").content, made))
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.slow
def test_a_large_one_is_taken_over_too(
    cache: Path, loads: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = start(cache)
    for limit in (template_cache, drafts):
        monkeypatch.setattr(limit, "LARGE", 0)
    monkeypatch.setattr(drafts, "gettempdir", lambda: str(tmp_path))
    assert start(cache) == whole
    [file] = kept(cache)
    file.unlink()
    assert start(cache) == whole
    loads.clear()
    assert start(cache) == whole
    assert not loads
    assert [place.name for place in tmp_path.iterdir()] == ["cache"]


@pytest.mark.slow
@pytest.mark.parametrize("chosen", [{"fixtures": "empty"}, {"seed": 7}, {"at": "2026-05-01T10:00:00Z"}])
def test_another_setting_has_a_template_of_its_own(
    cache: Path, loads: list[Path], chosen: dict[str, Any]
) -> None:
    start(cache)
    loads.clear()
    start(cache, **chosen)
    assert loads
    assert len(kept(cache)) == len(["usual", "own"])


@pytest.mark.slow
def test_an_emulator_of_other_providers_has_a_template_of_its_own(cache: Path) -> None:
    settings = Settings(clock="frozen", cache=str(cache))
    every = make_providers(settings)
    for providers in (every[:1], every, every[1:]):
        world = make_world(settings, providers)
        tokens = world.default.store.execute("SELECT count(*) FROM altcraft_token").fetchone()[0]
        assert bool(tokens) == (every[0] in providers)
        world.close()


@pytest.mark.slow
def test_other_tables_have_a_template_of_their_own(
    cache: Path, loads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    start(cache)
    loads.clear()
    monkeypatch.setattr(template_sets, "schema_fingerprint", lambda: 1)
    start(cache)
    assert loads


@pytest.mark.slow
def test_changed_fixtures_are_loaded(cache: Path, loads: list[Path], tmp_path: Path) -> None:
    fixtures = tmp_path / "fixtures"
    shutil.copytree(shipped_fixtures() / "demo", fixtures)
    start(cache, fixtures=str(fixtures))
    account = fixtures / "autosend" / "account.yaml"
    account.write_text(account.read_text("utf-8").replace("pace: 100", "pace: 50", 1), "utf-8")
    loads.clear()
    start(cache, fixtures=str(fixtures))
    assert loads


@pytest.mark.slow
def test_nothing_else_in_their_folder_is_read(cache: Path, loads: list[Path], tmp_path: Path) -> None:
    fixtures = tmp_path / "fixtures"
    shutil.copytree(shipped_fixtures() / "demo", fixtures)
    for folder in (fixtures, fixtures / "autosend"):
        (folder / "lock of an editor").symlink_to("nowhere")
    start(cache, fixtures=str(fixtures))
    loads.clear()
    start(cache, fixtures=str(fixtures))
    assert not loads


def test_a_changed_module_makes_another_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "package"
    (package / "deep").mkdir(parents=True)
    module = package / "deep" / "module.py"
    module.write_text("ONE = 1")
    monkeypatch.setattr(template_cache, "PACKAGE", package)
    before = key_of([])
    assert key_of([]) == before
    os.utime(module, (0, 0))
    assert key_of([]) != before


@pytest.mark.slow
@pytest.mark.parametrize("place", [0, 5000, -1, -DIGEST - 1])
def test_a_damaged_template_is_built_anew(cache: Path, loads: list[Path], place: int) -> None:
    whole = start(cache)
    [file] = kept(cache)
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    loads.clear()
    assert start(cache) == whole
    assert loads
    loads.clear()
    start(cache)
    assert not loads


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"short", b"\0" * 100_000])
def test_what_is_no_template_counts_as_absent(cache: Path, content: bytes) -> None:
    whole = start(cache)
    [file] = kept(cache)
    file.write_bytes(content)
    assert start(cache) == whole


@pytest.mark.slow
def test_a_folder_that_can_not_be_written_is_done_without(tmp_path: Path, loads: list[Path]) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("no folder")
    start(in_the_way / "cache")
    start(in_the_way / "cache")
    assert len(loads) == 2 * len(["altcraft", "rcs", "autosend"])


def test_a_template_of_now_is_taken_for_an_hour(cache: Path) -> None:
    store = Store()
    store.create_tables()
    keeping = TemplateCache(cache)
    keeping.keep("now", machine_millis() - HOUR, store)
    found = keeping.find("now")
    assert found is not None
    assert machine_millis() - found[0] >= HOUR


@pytest.mark.slow
def test_one_that_is_older_is_built_anew(
    cache: Path, loads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    start(cache, clock="real")
    loads.clear()
    later = machine_millis() + HOUR + 1000
    monkeypatch.setattr("emulator.sandbox.template_sets.machine_millis", lambda: later)
    start(cache, clock="real")
    assert loads


@pytest.mark.slow
def test_nothing_in_it_is_secret(cache: Path) -> None:
    with started(cache) as emulator:
        [(key,)] = emulator.query("SELECT link_key FROM sandbox_state")
    [file] = kept(cache)
    assert key.encode() not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert cache.stat().st_mode & 0o077 == 0


def test_the_oldest_are_deleted(cache: Path) -> None:
    store = Store()
    store.create_tables()
    keeping = TemplateCache(cache)
    for number in range(MOST_KEPT + 3):
        keeping.keep(f"key-{number:02}", 0, store)
        os.utime(cache / f"key-{number:02}", (number, number))
    keeping.keep("latest", 0, store)
    names = [file.name for file in kept(cache)]
    assert len(names) == MOST_KEPT
    assert "latest" in names
    assert "key-00" not in names


def test_where_it_is_can_be_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert usual_folder() == tmp_path / "messaging-emulator"
    assert Settings().cache_folder == tmp_path / "messaging-emulator"
    assert Settings(cache="/elsewhere").cache_folder == Path("/elsewhere")
    assert Settings(cache="off").cache_folder is None
