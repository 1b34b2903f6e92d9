"""The package as another project uses it: installed as a wheel, with its plugin and its command."""

import os
import re
import subprocess
import sys
from email import message_from_bytes, policy
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest

from emulator import __version__

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
TESTS = """
from urllib.request import Request, urlopen

import emulator as package


def campaigns(emulator):
    bearer = {"Authorization": f"Bearer {emulator.credentials['autosend']}"}
    address = f"{emulator.base_urls['autosend']}/campaigns?colour=red"
    with urlopen(Request(address, headers=bearer)) as answer:
        return answer.status


def test_it_is_the_wheel(emulator):
    assert "site-packages" in package.__file__
    assert campaigns(emulator) == 200


def test_time_is_mine(emulator):
    assert emulator.clock.advance("2m")["now"] == "2026-03-15T14:32:00.000Z"
    assert emulator.requests.list() == []


def test_it_fails(emulator):
    campaigns(emulator)
    assert [entry["path"] for entry in emulator.requests.list()] == []
"""


def execute(*command: str | Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder outside of this project's source."""
    unwanted = ("EMULATOR_", "PROJECT_URL", "PYTEST_", "PYTHONPATH")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return subprocess.run(
        command, cwd=folder, env=clean | environment, capture_output=True, text=True, timeout=60, check=False
    )


def built(folder: Path, **environment: str) -> Path:
    """Build the wheel in a folder, and return its file."""
    build = ("wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", folder, ROOT)
    said = execute(*PIP, *build, folder=folder, **environment)
    assert said.returncode == 0, said.stderr
    (wheel,) = folder.glob("messaging_emulator-*.whl")
    return wheel


def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as files:
        (name,) = (name for name in files.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(files.read(name), policy=policy.default)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a project with the wheel installed. Its dependencies come from here, so no network is needed."""
    folder = tmp_path_factory.mktemp("project")
    wheel = built(folder)
    execute(sys.executable, "-m", "venv", "--without-pip", folder / "venv", folder=folder)
    install = ("--python", folder / "venv", "install", "--no-deps", "--no-index", wheel)
    installed = execute(*PIP, *install, folder=folder)
    assert installed.returncode == 0, installed.stderr
    (packages,) = (folder / "venv").glob("lib/python*/site-packages")
    needed = [place for place in sys.path if place.endswith(("site-packages", "dist-packages"))]
    (packages / "needed.pth").write_text("\n".join(needed))
    (folder / "test_project.py").write_text(TESTS)
    return folder


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_another_project_uses_the_plugin(project: Path, options: tuple[str, ...]) -> None:
    python = project / "venv" / "bin" / "python"
    epoch = ("--emulator-at", "epoch")
    said = execute(python, "-m", "pytest", "-W", "error", *epoch, *options, "test_project.py", folder=project)
    assert "1 failed, 2 passed" in said.stdout, said.stdout + said.stderr
    assert "- emulator: what sandbox " in said.stdout
    assert "#1 GET /v1/campaigns?colour=red -> 200, nobody read query.colour" in said.stdout


def test_the_command_is_installed_with_the_fixtures(project: Path) -> None:
    said = execute(project / "venv" / "bin" / "emulator", "fixtures", "check", folder=project)
    assert said.returncode == 0, said.stderr
    assert str(project) in said.stdout
    files = (project / "venv").glob("lib/python*/site-packages/emulator/fixtures/*/**/*.*")
    shipped = {"/".join(file.parts[file.parts.index("fixtures") + 1 :]) for file in files}
    providers = ("altcraft", "rcs", "autosend")
    assert shipped == {
        *(f"schemas/{provider}.schema.json" for provider in providers),
        *(f"{name}/{provider}/account.yaml" for name in ("demo", "empty") for provider in providers),
    }


def test_types_are_shipped(project: Path) -> None:
    assert list((project / "venv").glob("lib/python*/site-packages/emulator/py.typed"))


def test_an_index_page_has_links_that_lead_home(tmp_path: Path) -> None:
    home = "https://git.example.com/acme/messaging-emulator"
    said = metadata(built(tmp_path, PROJECT_URL=f"{home}/"))
    assert said["Version"] == __version__
    assert f"Source, {home}" in said.get_all("Project-URL", [])
    assert f"Changelog, {home}/blob/HEAD/CHANGELOG.md" in said.get_all("Project-URL", [])
    page = str(said.get_payload())
    assert f"[COVERAGE.md]({home}/blob/HEAD/COVERAGE.md)" in page
    assert re.findall(r"\]\((?!https?://|#)[^)]*\)", page) == []


def test_without_a_home_no_address_is_made_up(tmp_path: Path) -> None:
    said = metadata(built(tmp_path))
    assert said["Project-URL"] is None
    assert "[COVERAGE.md](COVERAGE.md)" in said.get_payload()
