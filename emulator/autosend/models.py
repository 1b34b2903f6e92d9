"""The base of what requests and responses hold."""

from pydantic import BaseModel


class Model(BaseModel):
    """A part of a request or a response."""
