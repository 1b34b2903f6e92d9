"""The modules that a start imports: those that it needs, and none that only requests need."""

import subprocess
import sys

PROGRAM = """
import sys
from emulator.app import create_app
from emulator.settings import Settings

create_app(Settings(clock="frozen"))
print(*sys.modules, sep="\\n")
"""


def loaded_modules() -> list[str]:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_a_start_loads_neither_sections_nor_what_only_they_need() -> None:
    found = loaded_modules()
    sections = [name for name in found if name.startswith("emulator.") and ".api" in name]
    libraries = {
        "fastapi",
        "dicttoxml",
        "xmltodict",
        "joserfc",
        "cryptography",
        "aiosmtpd",
        "httpcore2",
        "re2",
    }
    assert "emulator.gateway.journaling" in found
    assert sections == []
    assert libraries & set(found) == set()
