"""On real servers no body is read that a refusal needs no look at, and none is obeyed."""

import pytest

from tests.servers.serving import make_request, serving

HOST_OF_OTHERS = ["Sec-Fetch-Site: cross-site", "Origin: https://evil.test"]
MULTIPART = "Content-Type: multipart/form-data; boundary=x"

FILES = {
    "shop/uploads.py": """
        from django.core.files.uploadhandler import MemoryFileUploadHandler

        class Counting(MemoryFileUploadHandler):
            count = 0

            def new_file(self, *args, **kwargs):
                Counting.count += 1
                super().new_file(*args, **kwargs)
    """,
    "shop/routes/small/route.py": """
        max_body = 10

        def POST(request):
            return len(request.body)
    """,
    "shop/routes/blind/route.py": """
        def GET():
            return "seen"

        def POST():
            return "seen"
    """,
    "shop/routes/read/route.py": """
        def GET():
            return "seen"

        def POST(request):
            return request.json()

        def PUT(request):
            return [dict(request.form), len(request.FILES)]
    """,
    "shop/routes/get/route.py": "def GET(): return 1",
    "shop/routes/hidden/route.py": """
        count = 0

        def GET():
            global count
            count += 1
            return "hidden"
    """,
    "shop/routes/count/route.py": """
        def GET():
            from shop.routes.hidden import route
            from shop.uploads import Counting

            return [route.count, Counting.count]
    """,
}
HIDDEN = make_request("GET", "/hidden")
FILE = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'


@pytest.fixture(scope="module", params=["gthread", "uvicorn"])
def server(request, tmp_path_factory):
    with serving(
        tmp_path_factory.mktemp(request.param),
        request.param,
        FILES,
        FILE_UPLOAD_HANDLERS=["shop.uploads.Counting"],
        # It says where each answer ends.
        MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    ) as site:
        yield site
    assert "Traceback" not in site.log.read_text()


@pytest.fixture
def talk(server):
    with server.talking() as conversation:
        yield conversation


def chunk(body):
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


def pad(body, size):
    return body + b" " * (size - len(body))


REFUSED = [
    ("POST", "/small", [], 413),
    ("POST", "/blind", HOST_OF_OTHERS, 403),
    ("POST", "/get", [], 405),
    ("POST", "/nowhere", [], 404),
    ("POST", "/get/", [], 308),
    ("POST", "/blind", [], 200),
    ("GET", "/blind", [], 200),
]


@pytest.mark.parametrize(("method", "path", "headers", "status"), REFUSED)
@pytest.mark.parametrize("size", [0, 100_000, 3_000_000])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_no_body_is_taken_for_a_request(
    server, talk, method, path, headers, status, size, is_chunked
):
    body = pad(HIDDEN, size)
    length = f"Content-Length: {len(body)}"
    if is_chunked:
        body, length = chunk(body), "Transfer-Encoding: chunked"
        if not server.is_asgi and status == 413:
            # Django would read none of it.
            status = 411

    talk.say(make_request(method, path, [*headers, length], body))
    first = talk.hear()
    talk.say(make_request("GET", "/count"))
    second = talk.hear()

    # gunicorn hangs up rather than to read much that nobody wants.
    assert (first and first[0]) in (status, *([None] if size else []))
    assert second in ((200, b"[0,0]"), *([None] if size else []))


def test_a_request_that_comes_at_once_behind_a_body_is_served(talk):
    body = b"0" * 11
    refused = make_request("POST", "/small", [f"Content-Length: {len(body)}"], body)

    talk.say(refused + make_request("GET", "/count"))

    assert [talk.hear()[0], talk.hear()] == [413, (200, b"[0,0]")]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [("/small", [], 413), ("/blind", HOST_OF_OTHERS, 403), ("/get", [], 405)],
)
def test_refusal_does_not_wait_for_the_body(server, talk, path, headers, status):
    if server.is_asgi:
        pytest.skip("Under ASGI Django takes in the body before anything else.")
    headers = [*headers, MULTIPART, "Content-Length: 10000000"]

    talk.say(make_request("POST", path, headers))

    assert talk.hear()[0] == status


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [("/small", [], 413), ("/read", HOST_OF_OTHERS, 403), ("/get", [], 405)],
)
def test_refused_upload_is_not_parsed(server, path, headers, status):
    body = pad(FILE, 10_000_000)
    headers = [*headers, MULTIPART, f"Content-Length: {len(body)}"]

    with server.talking() as talk:
        talk.say(make_request("POST", path, headers, body))
        first = talk.hear()
    with server.talking() as talk:
        talk.say(make_request("GET", "/count"))
        second = talk.hear()

    # A client that sends on after the answer may not get to hear it.
    assert first is None or first[0] == status
    assert second == (200, b"[0,0]")


def test_body_that_is_cut_off_is_400(server, talk):
    if server.is_asgi:
        pytest.skip("Under ASGI such a request never reaches Django.")
    headers = ["Content-Type: application/json", "Content-Length: 100"]

    talk.say(make_request("POST", "/read", headers, b"12"))
    talk.stop()
    status, content = talk.hear()

    assert (status, b"The body ends too early." in content) == (400, True)


def test_form_in_chunks(server, talk):
    headers = [MULTIPART, "Transfer-Encoding: chunked"]
    body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'

    talk.say(make_request("PUT", "/read", headers, chunk(body)))
    found = talk.hear()

    if server.is_asgi:
        assert found == (200, b'[{"a":["1"]},0]')
    else:
        assert found[0] == 411
