"""What messages say: templates."""

from typing import Any

from emulator.altcraft.tables.account import Listable
from emulator.engine.clock import Millis
from emulator.storage.tables import json_object


class Template(Listable, table=True):
    """What messages say, on one channel or several."""

    __tablename__ = "altcraft_template"

    description: str = ""
    channels: dict[str, dict[str, Any]] = json_object()
    """The fields of each channel, by its name."""
    json_url: str = ""
    """An address that JSON values would come from. It is kept, and not fetched."""
    is_draft: bool = False
    """Whether it can not be sent."""
    is_confirm: bool = False
    suppress_id: int = 0
    """The suppression list that holds back whom it would be sent to; 0 for none."""
    updated_user: str
    updated_at: Millis
