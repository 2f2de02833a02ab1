"""Name the requests and URL names that our side and plain Django's answer alike."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import RequestFactory
from django.urls import path, reverse
from django.views.decorators.cache import cache_page
from django.views.decorators.http import require_GET

from tests.benchmarks import sites

# With so many other routes all cells are measured, with more only the places.
FEW = 10

PLACES = ("first", "middle", "last", "miss")


@dataclass(frozen=True)
class Cell:
    """One thing to measure: `act` on what `make` gives, and the right answer."""

    name: str
    make: Callable[[], Any]
    act: Callable[[Any], Any]
    expected: Any


def read_item(request: HttpRequest, id: Any) -> Any:  # noqa: A002 - the folder's name
    return {"id": id, "fields": request.GET.get("fields")}


def read_item_as_view(request: HttpRequest, id: Any) -> Any:  # noqa: A002 - as above
    return JsonResponse({"id": id, "fields": request.GET.get("fields")})


# 10 kB of JSON.
LISTING = {"items": [{"id": number, "name": "x" * 60} for number in range(120)]}


def read_listing(request: HttpRequest, id: Any) -> Any:  # noqa: A002 - as above
    return JsonResponse(LISTING)


def read_page(request: HttpRequest, id: Any) -> Any:  # noqa: A002 - as above
    return HttpResponse(f"{id} {request.GET.get('fields')}", content_type="text/plain")


def serve_ours(others: int) -> None:
    """Serve the measured routes beside some others."""
    sections: dict[str, dict[str, Any]] = {
        f"api/{name}/[id]": {"GET": read_item} for name in _get_sections(others)
    }
    measured: dict[str, dict[str, Any]] = {
        "api/items/[id]": {"GET": read_item, "name": "items"},
        "api/numbers/[id=int]": {"GET": read_item},
        "api/pages/[id]": {"GET": read_page},
        "api/listings/[id]": {"GET": read_listing, "revalidate": 600},
    }
    sites.serve_routes(sections | measured)


def serve_django(others: int) -> None:
    """Serve the same with URL patterns and function views."""
    view = read_item_as_view
    sites.configure()
    sections = [path(f"api/{name}/<str:id>", view) for name in _get_sections(others)]
    measured = [
        path("api/items/<str:id>", view, name="items"),
        path("api/numbers/<int:id>", view, name="numbers"),
        path("api/pages/<str:id>", read_page, name="pages"),
        path("api/listings/<str:id>", cache_page(600)(read_listing), name="listings"),
        path("api/guarded/<str:id>", require_GET(view), name="guarded"),
    ]
    sites.serve_patterns(sections + measured)


SERVE = {"ours": serve_ours, "django": serve_django}


def _get_sections(count: int) -> list[str]:
    return [f"section{index:05}" for index in range(count)]


def get_cells(side: str, others: int) -> Iterator[Cell]:
    """
    Yield what is measured on a side.

    Django's own figures are those of a pattern at the head of the list, so the
    places in it come before anything is put there.
    """
    sections = _get_sections(others)
    for place, index in zip(PLACES, (0, others // 2, -1), strict=False):
        yield _get_item_cell(place, sections[index])
    yield _get_cell("miss", "sectionnone", (404, "missed"))
    if others != FEW:
        return
    yield _get_reverse_cell("name", "items")
    if side == "ours":
        yield _get_reverse_cell("path", "/api/items/[id]")
    guarded = ["guarded"] if side == "django" else []
    for folder in ("items", "numbers", *guarded):
        sites.put_first(folder)
        yield _get_item_cell(folder, folder)
    sites.put_first("pages")
    yield _get_cell("pages", "pages", (200, "42 name"))
    sites.put_first("listings")
    yield _get_cell("hit", "listings", (200, LISTING))
    yield _get_wsgi_cell("hit, WSGI", "listings", LISTING)


def _get_item_cell(name: str, folder: str) -> Cell:
    id_ = 42 if folder == "numbers" else "42"
    return _get_cell(name, folder, (200, {"id": id_, "fields": "name"}))


def _get_cell(name: str, folder: str, expected: tuple[int, Any]) -> Cell:
    """Return the cell of a request, from `get_response()` to the end of both objects."""
    handler = BaseHandler()
    handler.load_middleware()
    environ = RequestFactory().get(f"/api/{folder}/42?fields=name").environ
    make = lambda: WSGIRequest(dict(environ))  # noqa: E731 - the cell's own
    return Cell(name, make, handler.get_response, expected)


def _get_wsgi_cell(name: str, folder: str, expected: Any) -> Cell:
    """Return the cell of a whole WSGI call, from `environ` to the last byte."""
    application = WSGIHandler()
    environ = RequestFactory().get(f"/api/{folder}/42?fields=name").environ

    def act(environ: dict[str, Any]) -> bytes:
        response = application(environ, lambda status, headers: None)
        body = b"".join(response)
        response.close()
        return body

    body = JsonResponse(expected).content
    return Cell(name, lambda: dict(environ), act, body)


def _get_reverse_cell(name: str, url_name: str) -> Cell:
    return Cell(
        name,
        lambda: {"id": "42"},
        lambda kwargs: reverse(url_name, kwargs=kwargs),
        "/api/items/42",
    )
