"""The accounts that the emulator is measured with: the shipped fixtures, and more."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

KEY = "AS_emulator000000000000"
SMTP_KEY = "AS_emulatorsmtp000000000"
RCS_KEY = "live_emulator000000000000"
TOKEN = "abcdefghijklmnqrstuvwxyz"  # noqa: S105 -- that of the documentation
CREDENTIALS = {"altcraft": None, "rcs": RCS_KEY, "autosend": KEY}
"""The credential of each provider; that of Altcraft is in the bodies of requests."""
CAMPAIGNS = [f"aaaaaaaaaaaaaaaaaaaa{number:04x}" for number in range(64)]
"""The ids of campaigns of AutoSend that are being sent for as long as the benchmark runs."""
MAILINGS = range(1000, 1064)
"""The ids of mailings of Altcraft that are, too."""
TEAM = "66a0c1d2e3f4a5b6c7d8dd01"
"""The id of a list of three contacts."""
SMALL, LARGE = "bbbbbbbbbbbbbbbbbbbb0001", "bbbbbbbbbbbbbbbbbbbb0002"
"""The ids of campaigns of 100 and of 100,000 recipients."""
MANY = 100_000
MONEY = 1_000_000_000


def shipped_by(python: str) -> Path:
    """Return the fixtures of the emulator in the environment of `python`: each version has its own."""
    script = "from emulator.settings import shipped_fixtures as found; print(found())"
    said = subprocess.run([python, "-P", "-c", script], capture_output=True, text=True, check=True)
    folder = Path(said.stdout.strip())
    demo = folder / "demo"
    return demo if demo.exists() else folder


def make_fixtures(shipped: Path, folder: Path) -> Path:
    """Copy the shipped fixtures; add campaigns and mailings under way, money, and two lists."""
    shutil.copytree(shipped, folder)
    changes: dict[str, Callable[[dict[str, Any]], None]] = {
        "autosend": _add_campaigns,
        "rcs": _add_money,
        "altcraft": _add_mailings,
    }
    for provider, change in changes.items():
        file = folder / provider / "account.yaml"
        account = yaml.safe_load(file.read_text())
        change(account)
        file.write_text(yaml.safe_dump(account, default_flow_style=False))
    return folder


def _add_campaigns(account: dict[str, Any]) -> None:
    project = account["projects"][0]
    project["pace"] = 1000
    pattern = project["campaigns"][0]
    project["campaigns"] = [pattern | {"id": campaign} for campaign in CAMPAIGNS]
    for campaign, count in ((SMALL, 100), (LARGE, MANY)):
        people = {"count": count, "pattern": f"{count}.{{n}}@example.com"}
        project["lists"].append({"id": campaign, "name": f"{count} people", "generate": people})
        draft = {key: value for key, value in pattern.items() if key not in {"released", "pace"}}
        project["campaigns"].append(draft | {"id": campaign, "lists": [campaign]})


def _add_money(account: dict[str, Any]) -> None:
    account["money"] = MONEY


def _add_mailings(account: dict[str, Any]) -> None:
    pattern = next(mailing for mailing in account["mailings"] if mailing["id"] == 42)
    account["mailings"] += [pattern | {"id": number} for number in MAILINGS]
