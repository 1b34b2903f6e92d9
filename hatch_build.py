"""What the package's metadata says of its home, which who builds it knows: `PROJECT_URL=https://…`.

Indexes show README.md as a page of their own, so its links to other files lead to that home there.
"""

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE = re.compile(r"\]\((?!https?:|#|/)([^)\s]+)\)")
PAGES = {"Documentation": "README.md", "Changelog": "CHANGELOG.md", "Source": ""}


class Home(MetadataHookInterface):
    """Adds README.md, and where the home is known, the addresses of the project."""

    def update(self, metadata: dict[str, Any]) -> None:
        text = Path(self.root, "README.md").read_text("utf-8")
        home = os.environ.get("PROJECT_URL", "").rstrip("/")
        if home:
            text = RELATIVE.sub(lambda found: f"]({_address(home, found[1])})", text)
            metadata["urls"] = {name: _address(home, page) for name, page in PAGES.items()}
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def _address(home: str, page: str) -> str:
    return f"{home}/blob/HEAD/{page}" if page else home
