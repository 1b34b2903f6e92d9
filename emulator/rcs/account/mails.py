"""Fixtures of the templates of e-mails."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from emulator.sandbox.fixtures import Fixture
from emulator.sending.headers import is_one_line


def _one_line(value: str) -> str:
    if not is_one_line(value):
        raise ValueError("must be one line")
    return value


OneLine = Annotated[str, AfterValidator(_one_line)]


class MailTemplateFixture(Fixture):
    """A template. `{{name}}` is replaced by a value that the request gives."""

    id: int = Field(ge=1)
    name: str = Field(min_length=1)
    subject: OneLine = Field(min_length=1, max_length=998)
    html: str | None = Field(None, min_length=1)
    text: str | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _says_something(self) -> "MailTemplateFixture":
        if self.html is None and self.text is None:
            raise ValueError("a template has html, text, or both")
        return self
