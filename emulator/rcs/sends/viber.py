"""The content of Viber messages."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from emulator.rcs.models import Body
from emulator.rcs.violations import BLANK, INVALID, complaint

IMAGE = re.compile(
    r"https?://[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]+)?/[a-z0-9\-_/?=&]*\.(jpg|png|tiff|jpeg|gif|bmp)",
    re.IGNORECASE,
)
LINK = re.compile(r"(https?://)?[a-z0-9.-]+\.[a-z.]{2,50}(:[0-9]+)?([/?#].*)?", re.IGNORECASE)


def _image(url: str) -> str:
    if not IMAGE.fullmatch(url):
        raise complaint(INVALID)
    return url


def _link(url: str) -> str:
    if not LINK.fullmatch(url):
        raise complaint(INVALID)
    return url


class ViberContent(Body):
    """A text, which may have a picture, and a button with a link."""

    text: str = Field(min_length=1, max_length=1000)
    image_url: Annotated[str, StringConstraints(max_length=255), AfterValidator(_image)] | None = None
    button_caption: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = None
    link_url: Annotated[str, StringConstraints(max_length=255), AfterValidator(_link)] | None = None

    @model_validator(mode="after")
    def _has_a_link_for_its_button(self) -> "ViberContent":
        if self.button_caption is not None and self.link_url is None:
            raise complaint(BLANK, "link_url")
        return self

    def as_sent(self) -> dict[str, Any]:
        """Return the content without the text."""
        wanted = {"image_url", "button_caption", "link_url"}
        return self.model_dump(include=wanted, exclude_none=True)
