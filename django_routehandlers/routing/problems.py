"""A mistake in a project, as one fact."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """
    One mistake: the files it concerns, what is wrong, and one action to mend it.

    `id` is a check id without its prefix. An error ("E...") breaks every route
    whose file it names; a warning ("W...") breaks none.
    """

    files: tuple[str, ...]
    id: str
    message: str
    hint: str

    @property
    def is_error(self) -> bool:
        """Tell whether the problem breaks routes."""
        return self.id.startswith("E")

    def __str__(self) -> str:
        """Return the problem as `manage.py check` would print it."""
        text = f"{self.files[0]}: (routehandlers.{self.id}) {self.message}"
        return f"{text}\n\tHINT: {self.hint}"
