"""Runs the tests of a client team by pytest with the plugin, in another process."""

import os
import subprocess
import sys
from pathlib import Path

CALL = """
from urllib.request import Request, urlopen

def campaigns(emulator, query=""):
    bearer = {"Authorization": f"Bearer {emulator.credentials['autosend']}"}
    with urlopen(Request(f"{emulator.base_urls['autosend']}/campaigns{query}", headers=bearer)) as answer:
        return answer.status
"""


def team_tests(folder: Path, source: str, *options: str, **environment: str) -> subprocess.Popen[str]:
    """Start pytest, with the plugin, on a file of tests with this source."""
    (folder / "test_team.py").write_text(CALL + source)
    unwanted = ("EMULATOR_", "PYTEST_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    plugins = ["-p", "emulator.pytest_plugin", "-p", "xdist.plugin", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *plugins, "-W", "error", *options, str(folder)]
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.Popen(
        command, env=clean | alone | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run_tests(
    folder: Path, source: str, *options: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run pytest, with the plugin, on a file of tests with this source."""
    with team_tests(folder, source, *options, **environment) as running:
        try:
            stdout, stderr = running.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            running.kill()
            raise
    return subprocess.CompletedProcess(running.args, running.returncode, stdout, stderr)
