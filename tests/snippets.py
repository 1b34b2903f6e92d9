"""The code blocks of a page of docs/, from which tests take the files and commands to run.

The first line of a file is a comment with its name; commands are in blocks of `sh`.
"""

import re
from collections.abc import Iterable
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"(?://|#) (\S+\.\w+)\n")


def files(page: str) -> dict[str, str]:
    """Return the files of a page by their names."""
    blocks = [code for _, code in BLOCK.findall((DOCS / page).read_text())]
    return {found[1]: code for code in blocks if (found := NAME.match(code))}


def commands(page: str) -> list[str]:
    """Return the command lines of a page."""
    blocks = [code for language, code in BLOCK.findall((DOCS / page).read_text()) if language == "sh"]
    return [line for code in blocks for line in code.replace("\\\n", "").splitlines()]


def write(folder: Path, given: dict[str, str], names: Iterable[str]) -> Path:
    """Write the files with these names, and return the folder."""
    for name in names:
        (folder / name).write_text(given[name])
    return folder
