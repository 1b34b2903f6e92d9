"""Compare the costs of five loads with those of bare FastAPI, and fail where a ratio has fallen by a third.

The ratios to compare with are in `ratios.json`; `--keep` writes those of this run there. Both applications
are in this process and take turns. What counts is the processor time of the fastest few requests of each
(`inside.py`): other work on the machine lengthens most of them, and spares some.
"""

import argparse
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import bare
import inside
from accounts import make_fixtures
from loads import MAIL, READ, STOP

from emulator.settings import shipped_fixtures

RATIOS = Path(__file__).parent / "ratios.json"
CHECKED = (READ, STOP, MAIL, "RCS send", "Altcraft status in XML")
BLOCKS = 200
WARMING = 4
"""How many blocks come first that do not count: they load what is loaded when it is first used."""
FALLEN = 2 / 3
"""Of the ratio that is kept: what is below this has fallen by a third."""


@dataclass(frozen=True)
class Pair:
    """What is compared."""

    emulator: inside.Application
    bare: inside.Application

    def ratio(self, load: str) -> float:
        """Return how much of the emulator's processor time the bare application needs for the same load."""
        times = [(self.bare.seconds(load), self.emulator.seconds(load)) for _ in range(BLOCKS)]
        counted = times[WARMING:]
        return min(yardstick for yardstick, _ in counted) / min(own for _, own in counted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="write the ratios, and compare nothing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        fixtures = make_fixtures(shipped_fixtures() / "demo", Path(name) / "fixtures")
        pair = Pair(inside.emulator(fixtures), inside.Application(bare.app))
        ratios = {load: pair.ratio(load) for load in CHECKED}
        if options.keep:
            rounded = {load: round(ratio, 3) for load, ratio in ratios.items()}
            RATIOS.write_text(json.dumps(rounded, indent=2) + "\n")
            return
        kept: dict[str, float] = json.loads(RATIOS.read_text())
        ratios |= {load: max(ratios[load], pair.ratio(load)) for load in fallen(ratios, kept)}
    for load, ratio in ratios.items():
        print(f"{load}: {ratio:.3f} of bare FastAPI, kept {kept[load]:.3f}")
    if slow := fallen(ratios, kept):
        raise SystemExit(f"fallen by a third, also when measured again: {', '.join(slow)}")


def fallen(ratios: Mapping[str, float], kept: Mapping[str, float]) -> list[str]:
    """Return the loads of which the ratio has fallen by a third."""
    return [load for load, ratio in ratios.items() if ratio < kept[load] * FALLEN]


if __name__ == "__main__":
    main()
