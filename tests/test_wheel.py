"""The package as another project uses it: installed as a wheel, with its plugin and its command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
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


def execute(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder outside of this project's source."""
    unwanted = ("EMULATOR_", "PYTEST_", "PYTHONPATH")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return subprocess.run(
        command, cwd=folder, env=clean, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a project with the wheel installed. Its dependencies come from here, so no network is needed."""
    folder = tmp_path_factory.mktemp("project")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    build = (*pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", folder, ROOT)
    built = execute(*build, folder=folder)
    assert built.returncode == 0, built.stderr
    execute(sys.executable, "-m", "venv", "--without-pip", folder / "venv", folder=folder)
    (wheel,) = folder.glob("messaging_emulator-*.whl")
    install = ("--python", folder / "venv", "install", "--no-deps", "--no-index", wheel)
    installed = execute(*pip, *install, folder=folder)
    assert installed.returncode == 0, installed.stderr
    (packages,) = (folder / "venv").glob("lib/python*/site-packages")
    needed = [place for place in sys.path if place.endswith(("site-packages", "dist-packages"))]
    (packages / "needed.pth").write_text("\n".join(needed))
    (folder / "test_project.py").write_text(TESTS)
    return folder


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_another_project_uses_the_plugin(project: Path, options: tuple[str, ...]) -> None:
    python = project / "venv" / "bin" / "python"
    said = execute(python, "-m", "pytest", "-W", "error", *options, "test_project.py", folder=project)
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
