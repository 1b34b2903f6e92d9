"""Numbers of sandboxes: each is given out once in a process or data folder, as credentials are made of it."""

import logging
from pathlib import Path

from emulator.engine.clock import LATEST, machine_millis
from emulator.storage.shelf import writing_whole

logger = logging.getLogger("emulator")


class Numbering:
    """Counts all sandboxes that were ever made, deleted ones too; with a file, over restarts."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._last = 0 if file is None else _read(file)

    def next(self) -> int:
        """Return a number that was never returned before. Raises StorageError."""
        self._last += 1
        if self._file is not None:
            with writing_whole(self._file, str(self._last).encode()):
                pass
        return self._last


def _read(file: Path) -> int:
    try:
        last = int(file.read_text("ascii"))
    except FileNotFoundError:
        return 0
    except ValueError:
        last = -1
    if not 0 <= last <= LATEST:
        logger.warning("%s: is no number; sandboxes are numbered by the machine's time from now on", file)
        return machine_millis()
    return last
