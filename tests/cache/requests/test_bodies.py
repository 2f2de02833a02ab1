"""An answer from the cache is byte for byte the one that was made."""

import gzip

import pytest

from tests.cache.requests.routes import count, get_told

pytestmark = pytest.mark.usefixtures("route_cache")

BODIES = {
    "empty": "HttpResponse(b'')",
    "binary": "HttpResponse(bytes(range(256)), content_type='image/png')",
    "text": "HttpResponse('é ' * 100)",
    "latin": "HttpResponse('é', content_type='text/plain; charset=latin-1')",
    "gzip": "HttpResponse(PACKED, headers={'Content-Encoding': 'gzip'})",
    "json": "{'a': ['é', 1, None]}",
    "parts": "HttpResponse([b'a', 'b'])",
    "written": "write(HttpResponse())",
}
CONFIG = """
    import gzip
    revalidate = 60
    PACKED = gzip.compress(b"a" * 1000)

    def write(response):
        response.write("a")
        response.writelines(["b", "c"])
        return response
"""
NEW = ("Age", "Cache-Status")


@pytest.mark.parametrize("name", BODIES)
def test_a_body_comes_back_as_it_was(send, serve, name):
    serve(count(BODIES[name], config=CONFIG))

    made, kept = send("GET", "/x"), send("GET", "/x")

    assert get_told(kept) == "hit; ttl=60"
    assert (kept.content, kept.charset) == (made.content, made.charset)
    assert [{**r.headers, **dict.fromkeys(NEW)} for r in (made, kept)] == [
        {**made.headers, **dict.fromkeys(NEW)}
    ] * 2


@pytest.mark.parametrize("first", [{}, {"Accept-Encoding": "gzip"}])
def test_each_client_gets_the_encoding_that_it_takes(send, serve, first):
    middleware = ["django.middleware.gzip.GZipMiddleware"]
    serve(count("HttpResponse(b'a' * 1000)"), MIDDLEWARE=middleware)
    send("GET", "/x", headers=first)

    plain = send("GET", "/x")
    packed = send("GET", "/x", headers={"Accept-Encoding": "gzip"})

    assert (plain.content, "Content-Encoding" in plain) == (b"a" * 1000, False)
    assert (gzip.decompress(packed.content), packed["Content-Encoding"]) == (
        b"a" * 1000,
        "gzip",
    )
    assert [get_told(r) for r in (plain, packed)] == ["hit; ttl=60"] * 2
    assert (packed["ETag"], packed["Vary"]) == (f"W/{plain['ETag']}", "Accept-Encoding")


def test_what_a_client_or_middleware_does_to_an_answer_stays_with_it(send, serve):
    serve(count("HttpResponse(b'a')"), MIDDLEWARE=[f"{__name__}.spoil"])

    bodies = [(r.content, r["X-Count"]) for r in (send("GET", "/x") for _ in range(3))]

    assert bodies == [(b"a spoilt", "1")] * 3


def spoil(get_response):
    def middleware(request):
        response = get_response(request)
        response.write(b" spoilt")
        response["X-Count"] = str(int(response.headers.get("X-Count", 0)) + 1)
        return response

    return middleware


TEMPLATES = {
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.template.context_processors.csrf",
                    "django.contrib.auth.context_processors.auth",
                ],
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {
                            "plain.html": "<p>{{ count }} {{ request.path }}</p>",
                            "query.html": "<p>{{ request.GET.page }}</p>",
                            "user.html": "<p>{{ user.username }}</p>",
                            "token.html": "<p>{% csrf_token %}</p>",
                            "cookie.html": "<p>{{ request.COOKIES.a }}</p>",
                        },
                    )
                ],
            },
        }
    ],
    "MIDDLEWARE": [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
}
RENDER = """
    from django.shortcuts import render
    from django.template.response import TemplateResponse
    revalidate = 60
"""
ANSWERS = {
    "render": "render(request, '{}', {{'count': len(calls)}})",
    "TemplateResponse": "TemplateResponse(request, '{}', {{'count': len(calls)}})",
}
each_answer = pytest.mark.parametrize("kind", ANSWERS)


@each_answer
def test_a_template_is_rendered_before_it_is_stored(send, serve, kind):
    serve(count(ANSWERS[kind].format("plain.html"), config=RENDER), **TEMPLATES)

    responses = [send("GET", "/x") for _ in range(2)]

    assert [r.content for r in responses] == [b"<p>1 /x</p>"] * 2
    assert list(map(get_told, responses)) == ["fwd=uri-miss; stored", "hit; ttl=60"]


@each_answer
@pytest.mark.parametrize(
    ("template", "read"),
    [("user.html", "user"), ("cookie.html", "cookie:a"), ("token.html", None)],
)
def test_a_template_that_reads_a_visitor_is_not_stored(
    send, serve, route_cache, kind, template, read
):
    serve(count(ANSWERS[kind].format(template), config=RENDER), **TEMPLATES)

    responses = [send("GET", "/x", cookies={"a": "1"}) for _ in range(2)]

    told = get_told(responses[1])
    assert told.startswith('fwd=uri-miss; detail="dynamic:')
    assert read is None or told == f'fwd=uri-miss; detail="dynamic:{read}"'
    assert (responses[1]["Cache-Control"], route_cache.entries) == (
        "private, no-store",
        {},
    )


@each_answer
def test_a_template_that_reads_the_query_has_it_in_the_key(send, serve, kind):
    serve(count(ANSWERS[kind].format("query.html"), config=RENDER), **TEMPLATES)

    bodies = [send("GET", f"/x?page={page}").content for page in (1, 2, 1)]

    assert bodies == [b"<p>1</p>", b"<p>2</p>", b"<p>1</p>"]


@each_answer
def test_a_template_is_rendered_anew_for_a_refresh(send, serve, route_cache, kind):
    serve(count(ANSWERS[kind].format("plain.html"), config=RENDER), **TEMPLATES)
    send("GET", "/x")
    route_cache.advance(61)

    bodies = [send("GET", "/x").content for _ in range(2)]

    assert bodies == [b"<p>1 /x</p>", b"<p>2 /x</p>"]


def test_a_callback_after_rendering_is_called_once(send, serve):
    config = f"{RENDER}\n    rendered = []"
    before = """
        response = TemplateResponse(request, 'plain.html')
        response.add_post_render_callback(lambda r: rendered.append(r.status_code))
    """
    route = serve(count("response", config=config, before=before), **TEMPLATES)

    for _ in range(3):
        send("GET", "/x")

    assert route.rendered == [200]
