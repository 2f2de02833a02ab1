"""The pages of the manual, at the paths that their files have."""

from pathlib import Path

from django.http import Http404

import blog
from django_routehandlers.http import Response

MANUAL = Path(blog.__file__).parent / "manual"
PAGES = {
    page.relative_to(MANUAL).with_suffix("").as_posix(): page.read_text("utf-8")
    for page in MANUAL.rglob("*.md")
}


def GET(slug):
    text = PAGES.get("/".join(slug))
    if text is None:
        raise Http404("There is no such page.")
    return Response(text, headers={"Content-Type": "text/markdown; charset=utf-8"})
