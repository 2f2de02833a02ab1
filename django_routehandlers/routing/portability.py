"""Find folder names that not every disk can hold."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from unicodedata import normalize

from django_routehandlers.routing.dialects import translate_folder
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route, group_folders

# What Windows reserves: device names, also with an extension, and characters.
_DEVICE = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[1-9¹²³]) *(\..*)?", re.IGNORECASE
)
_FORBIDDEN = re.compile(r'[<>:"|?*\\]|[. ]$')


def check_portability(routes: Iterable[Route]) -> list[Problem]:
    """Return the folders whose names Windows or macOS would refuse or mix up."""
    return sorted(
        problem
        for parent, names in group_folders(routes).items()
        for problem in (*_check_windows(parent, names), *_check_case(parent, names))
    )


def _check_windows(parent: str, names: set[str]) -> Iterator[Problem]:
    for name in names:
        is_refused = _DEVICE.fullmatch(name) or _FORBIDDEN.search(name)
        # That a name means something elsewhere says more.
        if is_refused and not translate_folder(name):
            yield Problem(
                (f"{parent}/{name}",),
                "W006",
                f"Windows can't hold a folder named {name!r}.",
                "Rename the folder, or spell the character as %XX.",
            )


def _check_case(parent: str, names: set[str]) -> Iterator[Problem]:
    alike: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        alike[normalize("NFC", name).casefold()].append(name)
    for group in alike.values():
        if len(group) > 1:
            yield Problem(
                tuple(f"{parent}/{name}" for name in group),
                "W006",
                "A disk that ignores case holds only one of the folders.",
                "Rename one of them.",
            )
