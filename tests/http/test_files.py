"""Files: all of one, a part, or that the client has it (RFC 9110, 13 and 14)."""

import io
import os

import pytest
from asgiref.sync import async_to_sync
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, InMemoryStorage
from django.db.models.fields.files import FieldFile, FileField
from django.http import BadHeaderError, Http404, HttpResponse
from django.test import RequestFactory
from django.utils.http import http_date

from django_routehandlers.exceptions import HandlerError
from django_routehandlers.http import Response
from django_routehandlers.http.files import parse_range
from tests.clients import SENDERS

pytestmark = pytest.mark.django_db  # the end of a response closes old connections

DATA = b"0123456789" * 10_000
THEN = 1_700_000_000


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data.bin"
    path.write_bytes(DATA)
    os.utime(path, (THEN, THEN))
    return path


SOURCE = """
    from django_routehandlers.http import Response

    {keyword} GET():
        return Response.file({path!r}, {arguments})

    {keyword} POST():
        return Response.file({path!r})
"""


@pytest.fixture(params=["def", "async def"])
def ask(request, send, site, path):
    """Return a function that sends a request for the file, and reads the answer."""

    def serve(method="GET", arguments="", **headers):
        source = SOURCE.format(
            keyword=request.param, path=str(path), arguments=arguments
        )
        site({"shop/routes/x/route.py": source})
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = send(method, "/x", headers=named)
        return response, read(response)

    return serve


def read(response):
    if not response.streaming:
        return response.content
    if hasattr(response, "asgi_request"):
        return async_to_sync(collect)(response)
    return b"".join(response.streaming_content)


async def collect(response):
    return b"".join([chunk async for chunk in response])


ETAG = f'"{THEN * 10**9:x}-{len(DATA):x}"'
DATE = http_date(THEN)
SIZE = len(DATA)


def test_whole_file(ask):
    response, body = ask()

    assert (response.status_code, body == DATA) == (200, True)
    assert dict(response.items()) == {
        "Accept-Ranges": "bytes",
        "Content-Disposition": 'inline; filename="data.bin"',
        "Content-Length": str(SIZE),
        "Content-Type": "application/octet-stream",
        "ETag": ETAG,
        "Last-Modified": DATE,
    }


def test_head_has_the_headers_alone(ask):
    response, body = ask("HEAD", Range="bytes=0-1")

    assert (response.status_code, body) == (200, b"")
    assert (response["Content-Length"], response["ETag"]) == (str(SIZE), ETAG)


def test_name_and_type_are_the_handlers_own(ask):
    response, _ = ask(
        arguments="{'content-type': 'text/csv', 'X-Kind': 'export', 'ETag': '\"1\"'}, "
        "as_attachment=True, filename='a.txt'"
    )

    assert response["Content-Type"] == "text/csv"
    assert response["Content-Disposition"] == 'attachment; filename="a.txt"'
    assert (response["X-Kind"], response["ETag"]) == ("export", '"1"')


PARTS = [
    ("bytes=0-0", 0, 1),
    ("bytes=0-9", 0, 10),
    ("bytes=10-70000", 10, 70_001),
    ("bytes=99990-", 99_990, SIZE),
    ("bytes=99990-999999", 99_990, SIZE),
    ("bytes=-10", SIZE - 10, SIZE),
    ("bytes=-999999", 0, SIZE),
    ("BYTES = 5-6 ", 5, 7),
]


@pytest.mark.parametrize(("text", "start", "stop"), PARTS)
def test_part(ask, text, start, stop):
    response, body = ask(Range=text)

    assert (response.status_code, body == DATA[start:stop]) == (206, True)
    assert response["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert response["Content-Length"] == str(stop - start)
    assert (response["ETag"], response["Last-Modified"]) == (ETAG, DATE)


@pytest.mark.parametrize("text", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE}", "bytes=-0"])
def test_part_beyond_the_end_is_416(ask, text):
    response, _ = ask(Range=text)

    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{SIZE}"
    assert response.json()["detail"] == f"The file has {SIZE} bytes."


IGNORED = [
    *("", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "items=0-1"),
    *(
        "bytes=0-1,3-4",
        "bytes=0 - 1",
        "bytes=0-1;q=1",
        "bytes=+1-2",
        "bytes=\u0660-\u0661",
    ),
    *("bytes=0-" + "9" * 19, "bytes=" + "9" * 5000 + "-"),
]


@pytest.mark.parametrize("text", IGNORED)
def test_other_ranges_are_ignored(text):
    assert parse_range(text, 100) is None


def test_empty_file_has_no_parts():
    assert parse_range("bytes=0-", 0) is None


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (ETAG, 206),
        ('"other"', 200),
        (f"W/{ETAG}", 200),
        (DATE, 206),
        (http_date(THEN + 1), 200),
        (http_date(THEN - 1), 200),
        ("no date", 200),
    ],
)
def test_if_range(ask, condition, status):
    response, _ = ask(Range="bytes=0-1", If_Range=condition)

    assert response.status_code == status


def test_date_of_a_file_that_has_just_changed_is_too_coarse(ask, path):
    path.touch()
    date = http_date(path.stat().st_mtime)

    response, _ = ask(Range="bytes=0-1", If_Range=date)

    # Unless a second has passed since.
    assert response.status_code in (200, 206)


def test_date_of_tomorrow_is_too_coarse(path):
    os.utime(path, (THEN * 2, THEN * 2))
    headers = {"Range": "bytes=0-1", "If-Range": http_date(THEN * 2)}
    request = RequestFactory().get("/", headers=headers)

    response = Response.file(path).settle(request)
    response.close()

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If_None_Match": ETAG}, 304),
        ({"If_None_Match": f"W/{ETAG}"}, 304),
        ({"If_None_Match": '"other"'}, 200),
        ({"If_None_Match": ETAG, "Range": "bytes=0-1"}, 304),
        ({"If_Modified_Since": DATE}, 304),
        ({"If_Modified_Since": http_date(THEN - 1)}, 200),
        ({"If_Match": '"other"'}, 412),
        ({"If_Match": ETAG, "Range": "bytes=0-1"}, 206),
        ({"If_Unmodified_Since": http_date(THEN - 1)}, 412),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions(ask, method, headers, status):
    response, _ = ask(method, **headers)

    expected = 200 if (method, status) == ("HEAD", 206) else status
    assert response.status_code == expected


def test_file_that_has_changed_is_a_problem(ask):
    response, _ = ask(If_Match='"other"')

    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"] == "The file has changed."


def test_file_is_closed_where_no_response_is_made(path):
    file = path.open("rb")

    with pytest.raises(BadHeaderError):
        Response.file(file, {"X-Kind": "a\nb"})
    assert file.closed


def test_answer_to_a_post_is_whole(ask):
    headers = {"Range": "bytes=0-1", "If_None_Match": ETAG}

    response, body = ask("POST", **headers)

    assert (response.status_code, body == DATA) == (200, True)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Range": "bytes=0-1"},
        {"Range": f"bytes={SIZE}-"},
        {"If-None-Match": ETAG},
    ],
)
@pytest.mark.parametrize("how", ["response", "request"])
def test_file_is_closed_with_the_response_or_the_request(path, headers, how):
    file = path.open("rb")
    request = RequestFactory().get("/", headers=headers)
    response = Response.file(file).settle(request)

    (response if how == "response" else request).close()

    assert file.closed


def test_file_in_memory_has_parts_and_no_validators():
    request = RequestFactory().get("/", headers={"Range": "bytes=2-3"})
    response = Response.file(io.BytesIO(b"012345"), filename="a.txt").settle(request)

    assert (response.status_code, read(response)) == (206, b"23")
    assert "ETag" not in response
    assert "Last-Modified" not in response
    assert response["Content-Type"] == "text/plain"


def test_file_is_sent_from_where_it_is():
    file = io.BytesIO(b"0123456789")
    file.seek(4)
    request = RequestFactory().get("/", headers={"Range": "bytes=1-2"})

    response = Response.file(file).settle(request)

    assert response["Content-Range"] == "bytes 1-2/6"
    assert read(response) == b"56"


class Pipe(io.RawIOBase):
    def __init__(self):
        self._parts = [b"a", b"b"]

    def readable(self):
        return True

    def readinto(self, buffer):
        part = self._parts.pop(0) if self._parts else b""
        buffer[: len(part)] = part
        return len(part)


def test_file_that_cannot_be_wound_has_no_parts():
    request = RequestFactory().get("/", headers={"Range": "bytes=0-0"})

    response = Response.file(Pipe()).settle(request)

    assert (response.status_code, read(response)) == (200, b"ab")
    assert "Accept-Ranges" not in response


@pytest.mark.parametrize(
    "headers", [{"Content-Encoding": "br"}, {}], ids=["encoded", "plain"]
)
def test_encoded_file_has_no_parts(path, headers):
    request = RequestFactory().get("/", headers={"Range": "bytes=0-0"})

    response = Response.file(path, headers).settle(request)
    response.close()

    assert response.status_code == (200 if headers else 206)


def test_response_is_settled_once(path):
    request = RequestFactory().get("/", headers={"Range": "bytes=5-9"})
    response = Response.file(path).settle(request)

    assert response.settle(request) is response
    assert read(response) == b"56789"
    response.close()


def test_part_seems_encoded_to_who_would_compress_it(path):
    request = RequestFactory().get("/", headers={"Range": "bytes=0-9"})
    whole = Response.file(path)

    before = whole.has_header("Content-Encoding")
    part = whole.settle(request)
    part.close()

    assert (before, part.has_header("Content-Encoding")) == (False, True)
    assert "Content-Encoding" in part
    assert not part.has_header("Content-Language")


NAMES = ["missing.bin", "", "a\0b", "x" * 5000, "data.bin/below"]


@pytest.mark.parametrize("name", NAMES)
def test_path_without_a_file_is_404(path, name):
    with pytest.raises(Http404):
        Response.file(f"{path.parent}/{name}")


@pytest.mark.parametrize("server", sorted(SENDERS))
def test_missing_file_of_a_handler_is_404(site, server):
    source = SOURCE.format(keyword="def", path="/nowhere/x.bin", arguments="")
    site({"shop/routes/x/route.py": source})

    assert SENDERS[server]("GET", "/x").status_code == 404


def test_file_of_a_model_is_sent(tmp_path):
    storage = FileSystemStorage(tmp_path)
    name = storage.save("a.txt", ContentFile(b"text"))
    field = FileField(storage=storage)
    request = RequestFactory().get("/", headers={"Range": "bytes=1-2"})

    response = Response.file(FieldFile(None, field, name)).settle(request)

    assert (response.status_code, read(response)) == (206, b"ex")
    assert "ETag" in response
    response.close()


def test_file_of_another_storage_is_sent():
    storage = InMemoryStorage()
    name = storage.save("a.txt", ContentFile(b"text"))

    response = Response.file(storage.open(name)).settle(RequestFactory().get("/"))

    assert read(response) == b"text"
    response.close()


def test_missing_file_of_a_model_is_404(tmp_path):
    field = FileField(storage=FileSystemStorage(tmp_path))

    with pytest.raises(Http404):
        Response.file(FieldFile(None, field, "gone.txt"))


@pytest.mark.parametrize("file", [io.StringIO("text"), b"data", None, 5])
def test_what_is_no_binary_file_is_an_error(file):
    with pytest.raises(HandlerError) as caught:
        Response.file(file)

    message = f"Response.file() takes a path or a binary file, and got {file!r}."
    assert (caught.value.message, caught.value.hint) == (message, 'Open it with "rb".')


def test_file_that_is_open_as_text_is_an_error(path):
    with path.open() as file, pytest.raises(HandlerError):
        Response.file(file)


def test_django_file_is_sent(path):
    response = Response.file(File(path.open("rb"), "b.bin"))
    response.settle(RequestFactory().get("/"))

    assert read(response) == DATA
    response.close()


async def produce():
    yield b"other"


def test_content_that_is_async_already_is_sent(path):
    response = Response.file(path)
    response.streaming_content = produce()

    assert async_to_sync(collect)(response) == b"other"
    response.close()


class Broken(io.BytesIO):
    def read(self, size=-1):
        raise OSError("broken")


def test_file_that_cannot_be_read_is_closed():
    file = Broken(b"x")
    response = Response.file(file)

    with pytest.raises(OSError, match="broken"):
        async_to_sync(collect)(response)
    assert (response.closed, file.closed) == (True, True)


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_sync_middleware_reads_a_file(send, site, path, keyword):
    source = SOURCE.format(keyword=keyword, path=str(path), arguments="")
    site({"shop/routes/x/route.py": source}, MIDDLEWARE=[f"{__name__}.join"])

    assert send("GET", "/x").content == DATA


def join(get_response):
    def middleware(request):
        return HttpResponse(b"".join(get_response(request).streaming_content))

    return middleware
