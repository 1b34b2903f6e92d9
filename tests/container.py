"""A stand-in for a container engine: `docker compose up`, `logs` and `down`.

The emulator is started on this machine, by the command and with the environment that Dockerfile and
docker-compose.yml give it. It has no network of its own, and listens at the port that compose would publish.
"""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import yaml

from tests.image import image_environment

ROOT = Path(__file__).parent.parent
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")
STARTS_WITHIN = 30


def service(environment: dict[str, str]) -> dict[str, str]:
    """Return the settings of the started emulator, with the port that compose publishes for it."""
    text = (ROOT / "docker-compose.yml").read_text()
    given = yaml.safe_load(VARIABLE.sub(lambda found: environment.get(found[1]) or found[2], text))
    emulator = given["services"]["emulator"]
    published = {port.rpartition(":")[2]: port.split(":")[1] for port in emulator["ports"]}
    inner = image_environment() | {name: str(value or "") for name, value in emulator["environment"].items()}
    return inner | {
        "EMULATOR_PORT": published["4610"],
        "EMULATOR_SMTP_PORT": published["2525"] or "0",
        "EMULATOR_SMTPS_PORT": published["2465"] or "0",
    }


def up(state: Path) -> int:
    """Start the emulator, and return as soon as its health check succeeds."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("EMULATOR_")}
    settings = service(dict(os.environ))
    log = (state / "log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "emulator", "serve"],
        env=others | settings,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    (state / "pid").write_text(str(process.pid))
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and process.poll() is None:
        check = [str(ROOT / "docker" / "ready")]
        if subprocess.run(check, env=others | settings, capture_output=True, check=False).returncode == 0:
            return 0
    sys.stderr.write((state / "log").read_text())
    return 1


def main(arguments: list[str]) -> int:
    state = Path(os.environ["STAND_IN_STATE"])
    match arguments:
        case ["compose", "up", "--wait"]:
            return up(state)
        case ["compose", "logs"]:
            sys.stdout.write((state / "log").read_text())
            return 0
        case ["compose", "down"]:
            os.kill(int((state / "pid").read_text()), signal.SIGTERM)
            return 0
    sys.stderr.write(f"nothing stands in for docker {' '.join(arguments)}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
