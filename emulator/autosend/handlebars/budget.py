"""The limits of rendering a template: it comes from a client, and must not keep other clients waiting."""

MOST_STEPS = 50_000
"""The most values, texts and rounds of loops in one rendering."""
MOST_CHARACTERS = 8 * 1024 * 1024
"""The most characters in one rendering, of the output and of values that were turned into text on the way."""


class TemplateError(ValueError):
    """A template can not be parsed, or can not be rendered with the given values."""


class Budget:
    """The steps and characters that are left for one rendering."""

    def __init__(self, steps: int = MOST_STEPS, characters: int = MOST_CHARACTERS) -> None:
        self.most = steps
        self.steps, self.characters = steps, characters

    @property
    def taken(self) -> int:
        """How many steps were taken."""
        return self.most - self.steps

    def step(self, number: int = 1) -> None:
        """Take steps. Raises TemplateError when none are left."""
        self.steps -= number
        if self.steps < 0:
            raise TemplateError("rendering takes too many steps; its loops have too many rounds")

    def write(self, characters: int) -> None:
        """Take characters. Raises TemplateError when none are left."""
        self.characters -= characters
        if self.characters < 0:
            raise TemplateError("the rendered text is too long")
