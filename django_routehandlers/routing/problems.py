"""A mistake in a project, as one fact."""

from dataclasses import dataclass

# What the ids of all checks begin with.
TAG = "routehandlers"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """
    One mistake: the files it concerns, what is wrong, and one action to mend it.

    `id` is a check id without its prefix. An error ("E...") breaks every route
    whose file it names, but for the `spared` ones; a warning ("W...") breaks none.
    """

    files: tuple[str, ...]
    id: str
    message: str
    hint: str
    spared: tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        """Tell whether the problem breaks routes."""
        return self.id.startswith("E")

    @property
    def broken(self) -> tuple[str, ...]:
        """Return the files of the routes that the problem breaks."""
        if not self.is_error:
            return ()
        return tuple(file for file in self.files if file not in self.spared)

    def __str__(self) -> str:
        """Return the problem as `manage.py check` would print it."""
        text = f"{self.files[0]}: ({TAG}.{self.id}) {self.message}"
        return f"{text}\n\tHINT: {self.hint}"
