"""`max_body` refuses a body before anybody reads it."""

import pytest

from tests.clients import counted
from tests.gateways import SERVERS, serve_asgi, serve_wsgi

EVIL = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"}
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "QUERY", "OPTIONS"]

SOURCE = """
    max_body = 10
    calls = []
{}
"""
HANDLER = """
    {} {}(request):
        calls.append(request.method)
        return {{"length": len(request.body)}}
"""

each_keyword = pytest.mark.parametrize("keyword", ["def", "async def"])


def write(keyword, methods=("POST",), config=""):
    handlers = "".join(HANDLER.format(keyword, method) for method in methods)
    return {"shop/routes/x/route.py": SOURCE.format(handlers) + config}


def get_calls():
    from shop.routes.x import route

    return route.calls


def problem(status, title, detail):
    return {"type": "about:blank", "title": title, "status": status, "detail": detail}


TOO_LARGE = problem(413, "Content Too Large", "The body has more than 10 bytes.")


@each_keyword
@pytest.mark.parametrize("method", METHODS)
def test_body_over_the_limit_is_413(send, site, keyword, method):
    site(write(keyword, METHODS))

    refused = send(method, "/x", b"01234567890")
    allowed = send(method, "/x", b"0123456789")

    assert (refused.status_code, refused["Content-Type"]) == (
        413,
        "application/problem+json",
    )
    assert refused.json() == TOO_LARGE
    assert allowed.json() == {"length": 10}
    assert get_calls() == [method]


@each_keyword
def test_head_is_bounded_as_get_is(send, site, keyword):
    site(write(keyword, ["GET"]))

    responses = [send("HEAD", "/x", b"0" * length) for length in (11, 10)]

    assert [r.status_code for r in responses] == [413, 200]


@each_keyword
def test_cached_get_is_bounded(send, site, keyword):
    site(write(keyword, ["GET"], config="    revalidate = 60"))

    responses = [send("GET", "/x", b"0" * length) for length in (11, 10, 0)]

    assert [r.status_code for r in responses] == [413, 200, 200]


@pytest.mark.parametrize(
    ("source", "length", "status"),
    [
        ("max_body = 0", 1, 413),
        ("max_body = 0", 0, 200),
        ("max_body = None", 99, 200),
        ("", 99, 200),
    ],
)
def test_limit_is_any_number_of_bytes_or_none(send, site, source, length, status):
    site({"shop/routes/x/route.py": f"{source}\ndef POST(request): return {{}}"})

    response = send("POST", "/x", b"0" * length)

    assert response.status_code == status


def test_limit_counts_files_too(send, site):
    body = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    site(write("def"), FILE_UPLOAD_HANDLERS=["no.such.Handler"])

    response = send("POST", "/x", body + b"0" * 99 + b"\r\n--x--\r\n", type=MULTIPART)

    assert response.json() == TOO_LARGE


@each_keyword
def test_limit_only_tightens_django_s(send, site, keyword):
    site(
        {
            "shop/routes/x/route.py": f"max_body = 99\n{keyword} POST(request): return len(request.body)"
        },
        DATA_UPLOAD_MAX_MEMORY_SIZE=5,
    )

    responses = [send("POST", "/x", b"0" * length) for length in (100, 6, 5)]

    details = [r.json().get("detail") for r in responses[:2]]
    assert [r.status_code for r in responses] == [413, 413, 200]
    assert details == ["The body has more than 99 bytes.", "The body is too large."]


@each_keyword
def test_verdict_comes_before_the_limit(send, site, keyword):
    site(write(keyword))

    response = send("POST", "/x", b"0" * 99, headers=EVIL, enforce_csrf_checks=True)

    assert response.status_code == 403


SURROUNDED = {
    "shop/routes/middleware.py": """
        middleware = ["django.middleware.common.CommonMiddleware"]
    """
}


@each_keyword
@pytest.mark.parametrize("config", ["", "    csrf = 'token'"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("files", [{}, SURROUNDED], ids=["alone", "surrounded"])
def test_no_token_is_looked_for_in_a_body_over_the_limit(
    send, site, keyword, config, method, files
):
    site(write(keyword, config=config) | files)

    with counted(_get_query_dict(), "__init__") as parsed:
        response = send(
            method,
            "/x",
            b"a=" + b"0" * 99,
            type=FORM,
            cookies={"sessionid": "s"},
            enforce_csrf_checks=True,
        )

    assert response.json() == TOO_LARGE
    assert [arguments for arguments in parsed if b"a=" in str(arguments).encode()] == []


def _get_query_dict():
    from django.http import QueryDict

    return QueryDict


def test_redirect_and_405_come_before_the_limit(send, site):
    site(write("def"))

    moved = send("POST", "/x/", b"0" * 99)
    refused = send("PUT", "/x", b"0" * 99)

    assert (moved.status_code, refused.status_code) == (308, 405)


def test_middleware_wraps_the_refusal(send, site):
    files = {
        "shop/cors.py": """
            def allow_all(get_response):
                def middleware(request):
                    response = get_response(request)
                    response["Access-Control-Allow-Origin"] = "*"
                    return response
                return middleware
        """
    }
    site(write("def") | files, MIDDLEWARE=["shop.cors.allow_all"])

    response = send("POST", "/x", b"0" * 99)

    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (413, "*")


def test_limit_of_another_type_serves_nothing(send, site):
    site({"shop/routes/x/route.py": "max_body = '1 MB'\ndef POST(): return {}"})

    assert send("POST", "/x", raises=False).status_code == 500


@each_keyword
@pytest.mark.parametrize("parts", [[b"0" * 11], [b"0"] * 11])
@pytest.mark.parametrize("headers", [{}, {"Transfer-Encoding": "chunked"}])
def test_body_without_a_length_is_measured_under_asgi(site, keyword, parts, headers):
    site(write(keyword))

    refused = serve_asgi("POST", "/x", parts, headers)
    allowed = serve_asgi("POST", "/x", parts[:-1], headers)

    assert refused[0] == 413
    assert allowed[2] == b'{"length":%d}' % sum(map(len, parts[:-1]))


def test_length_is_not_believed_under_asgi(site):
    site(write("def"))

    status, *_ = serve_asgi("POST", "/x", [b"0" * 11], {"Content-Length": "5"})

    assert status == 413


@each_keyword
def test_body_without_a_length_is_411_under_wsgi(site, keyword):
    site(write(keyword))
    chunked = {"Transfer-Encoding": "chunked"}

    status, headers, content = serve_wsgi("POST", "/x", [b"0"], chunked)

    assert (status, headers["Content-Type"]) == (411, "application/problem+json")
    assert b"Send the body with a Content-Length, not in chunks." in content
    assert get_calls() == []


LOOKING = """
    def look(get_response):
        def middleware(request):
            request.{}
            return get_response(request)
        return middleware

    middleware = [look]
"""


@each_keyword
@pytest.mark.parametrize("looked", ["POST", "body"])
@pytest.mark.parametrize("is_of_folder", [False, True], ids=["project", "folder"])
@pytest.mark.parametrize("server", SERVERS)
def test_chunks_that_middleware_has_looked_at_are_no_empty_body(
    site, keyword, looked, is_of_folder, server
):
    place = f"shop/{'routes/' * is_of_folder}middleware.py"
    site(
        write(keyword) | {place: LOOKING.format(looked)},
        MIDDLEWARE=[] if is_of_folder else ["shop.middleware.look"],
    )
    chunked = {"Transfer-Encoding": "chunked", "Content-Type": FORM}

    status, *_ = SERVERS[server]("POST", "/x", [b"a=1"], chunked)

    assert status == {"wsgi": 411, "asgi": 200}[server]
    assert get_calls() == {"wsgi": [], "asgi": ["POST"]}[server]


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("length", ["", "-1", "abc", "9" * 5000, "1_0", " 10 ", "+10"])
def test_strange_length_is_no_error(site, server, length):
    """Servers refuse most of these; what is left is what Django makes of it."""
    source = "max_body = 10\ndef POST(): return {}"
    site({"shop/routes/x/route.py": source})

    status, *_ = SERVERS[server]("POST", "/x", [], {"Content-Length": length})

    assert status == 200


@pytest.mark.parametrize("server", SERVERS)
def test_body_that_middleware_has_read_is_measured(site, server):
    files = {
        "shop/reading.py": """
            def read(get_response):
                def middleware(request):
                    request.body
                    return get_response(request)
                return middleware
        """
    }
    site(write("def") | files, MIDDLEWARE=["shop.reading.read"])

    found = [
        SERVERS[server]("POST", "/x", [b"0" * length], {"Content-Length": str(length)})
        for length in (11, 10)
    ]

    assert [status for status, *_ in found] == [413, 200]


@each_keyword
def test_no_limit_is_no_work(site, keyword):
    from django_routehandlers import registry
    from django_routehandlers.http.calls import abuild_calls, build_calls

    site({"shop/routes/x/route.py": f"{keyword} GET(): return {{}}"})
    (endpoint,) = registry.get_snapshot().endpoints
    build = build_calls if keyword == "def" else abuild_calls

    call = build(endpoint, {})["GET"]

    assert "bounded" not in repr(call)


@each_keyword
@pytest.mark.parametrize(
    ("config", "status"),
    [("", 413), ("max_body = 20", 200), ("max_body = None", 200)],
)
def test_setting_is_the_limit_of_files_without_one(send, site, keyword, config, status):
    handler = HANDLER.format(keyword, "POST")
    source = f"    calls = []\n    {config}\n{handler}"
    site({"shop/routes/x/route.py": source}, ROUTE_HANDLERS={"MAX_BODY": 10})

    assert send("POST", "/x", b"01234567890").status_code == status
