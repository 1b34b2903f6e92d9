"""Fixtures of the templates of e-mails."""

from pydantic import Field, model_validator

from emulator.sandbox.fixtures import Fixture


class MailTemplateFixture(Fixture):
    """A template. `{{name}}` stands for a value that its sender gives."""

    id: int = Field(ge=1)
    name: str = Field(min_length=1)
    subject: str = Field(min_length=1, max_length=998)
    html: str | None = Field(None, min_length=1)
    text: str | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _says_something(self) -> "MailTemplateFixture":
        if self.html is None and self.text is None:
            raise ValueError("a template has html, text, or both")
        return self
