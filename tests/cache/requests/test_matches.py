"""What middleware puts into the match of a request is one visitor's."""

import pytest

from tests.cache.requests.routes import count, get_answer, get_told

CHANGES = {
    "kwargs": "kwargs['tenant'] = request.headers['X-Who']",
    "match's kwargs": "request.resolver_match.kwargs['tenant'] = request.headers['X-Who']",
    "attribute": "request.resolver_match.tenant = request.headers['X-Who']",
    "another": "request.resolver_match = resolve('/y/' + request.headers['X-Who'])",
}


MIDDLEWARE = """
    from django.urls import resolve
    from django.utils.deprecation import MiddlewareMixin

    class Naming(MiddlewareMixin):
        def process_view(self, request, view, args, kwargs):
            {change}

    middleware = [Naming]
"""


@pytest.mark.parametrize(
    ("change", "is_of_folder"),
    # What a hook of a folder is given is a dict of its own.
    [*((c, False) for c in CHANGES), *((c, True) for c in CHANGES if c != "kwargs")],
)
def test_answer_that_was_made_of_it_is_not_stored(send, serve, change, is_of_folder):
    source = MIDDLEWARE.format(change=CHANGES[change])
    files = {
        f"shop/{'routes/' * is_of_folder}middleware.py": source,
        "shop/routes/y/[who]/route.py": "def GET(who): return who",
    }
    listed = [] if is_of_folder else ["shop.middleware.Naming"]
    serve(
        "revalidate = 60\ndef GET(request):\n"
        "    match = request.resolver_match\n"
        '    return [getattr(match, "tenant", None), match.kwargs]',
        files=files,
        MIDDLEWARE=listed,
    )

    ann, bob = (send("GET", "/x", headers={"X-Who": who}) for who in ("ann", "bob"))

    assert ("ann" in ann.text, "ann" in bob.text, "bob" in bob.text) == (1, 0, 1)
    assert ann.headers["Cache-Status"] == (
        'routehandlers; fwd=uri-miss; detail="dynamic:attr:resolver_match"'
    )


def test_refresh_is_not_given_it(send, serve, route_cache):
    source = MIDDLEWARE.format(change=CHANGES["kwargs"])
    route = serve(
        count(
            "str('tenant' in request.resolver_match.kwargs if len(calls) > 1 else 0)",
            config="revalidate = 60",
        ),
        files={"shop/middleware.py": source},
        MIDDLEWARE=["shop.middleware.Naming"],
    )
    send("GET", "/x", headers={"X-Who": "ann"})
    route_cache.advance(61)

    send("GET", "/x", headers={"X-Who": "ann"})
    response = send("GET", "/x", headers={"X-Who": "bob"})

    assert (response.text, len(route.calls)) == ('"False"', 2)


@pytest.mark.parametrize("path", ["/x", "/X"])
def test_request_with_no_match_of_its_own_is_not_stored(serve, path):
    from django.test import RequestFactory

    from django_routehandlers.cache.matches import find_match, has_own_match

    serve("def GET(): return 1")
    request = RequestFactory().get(path)
    request.resolver_match = None

    assert has_own_match(request) is False
    assert (find_match(path, None) is None) is (path == "/X")


ME = """
    from django.utils.deprecation import MiddlewareMixin

    class Me(MiddlewareMixin):
        def process_view(self, request, view, args, kwargs):
            if kwargs["parts"][:1] == ["me"]:
                kwargs["parts"][0] = request.headers["X-Who"]

    middleware = [Me]
"""


@pytest.mark.parametrize("folder", ["[...parts]", "[[...parts]]"])
@pytest.mark.parametrize("is_of_folder", [False, True], ids=["project", "folder"])
def test_list_of_params_that_middleware_changes_is_answered_past_the_cache(
    send, site, keyword, folder, is_of_folder
):
    files = {
        f"shop/routes/u/{folder}/route.py": (
            f"revalidate = 60\n{keyword} GET(parts): return parts"
        ),
        f"shop/{'routes/' * is_of_folder}middleware.py": ME,
    }
    site(files, MIDDLEWARE=[] if is_of_folder else ["shop.middleware.Me"])

    answers = [send("GET", "/u/me/x", headers={"X-Who": who}) for who in ("ann", "bob")]
    others = [send("GET", "/u/them/x", headers={"X-Who": "ann"}) for _ in range(2)]

    assert [get_answer(a) for a in answers] == [
        (["ann", "x"], "fwd=bypass; detail=params"),
        (["bob", "x"], "fwd=bypass; detail=params"),
    ]
    assert [get_told(a) for a in others] == ["fwd=uri-miss; stored", "hit; ttl=60"]
