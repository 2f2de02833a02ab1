"""A refused request never reaches its handler."""

import pytest

EVIL = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"}

SOURCE = """
    calls = []

    {keyword} POST(request):
        calls.append(request.POST)
        return "ok"
"""


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_refused_request_runs_nothing(send, site, keyword):
    site({"shop/routes/x/route.py": SOURCE.format(keyword=keyword)})

    response = send("POST", "/x", headers=EVIL, enforce_csrf_checks=True)

    from shop.routes.x import route

    assert (response.status_code, route.calls) == (403, [])


def test_verdict_is_taken_before_the_body_is_read(send, site):
    site(
        {"shop/routes/x/route.py": SOURCE.format(keyword="def")},
        DATA_UPLOAD_MAX_MEMORY_SIZE=1,
    )

    response = send(
        "POST",
        "/x",
        "a=1" * 99,
        type="application/x-www-form-urlencoded",
        headers=EVIL,
        enforce_csrf_checks=True,
    )

    assert response.status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "FOO"])
def test_verdict_comes_before_405(send, site, method):
    site({"shop/routes/x/route.py": "def GET(): return {}"})

    response = send(method, "/x", headers=EVIL, enforce_csrf_checks=True)

    assert response.status_code == 403


def test_slash_redirect_comes_before_the_verdict(send, site):
    site({"shop/routes/x/route.py": SOURCE.format(keyword="def")})

    response = send("POST", "/x/", headers=EVIL, enforce_csrf_checks=True)

    assert (response.status_code, response["Location"]) == (308, "/x")


def test_middleware_still_wraps_the_refusal(send, site):
    files = {
        "shop/routes/x/route.py": SOURCE.format(keyword="def"),
        "shop/cors.py": """
            def allow_all(get_response):
                def middleware(request):
                    response = get_response(request)
                    response["Access-Control-Allow-Origin"] = "*"
                    return response
                return middleware
        """,
    }
    site(files, MIDDLEWARE=["shop.cors.allow_all"])

    response = send("POST", "/x", headers=EVIL, enforce_csrf_checks=True)

    assert response.status_code == 403
    assert response["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize("mode", ["origin", "token"])
def test_browser_gets_the_page_of_the_project(send, site, keyword, mode):
    files = {
        "shop/routes/x/route.py": f"csrf = {mode!r}\n{keyword} POST(): return 1",
        "shop/refusal.py": """
            from django.http import HttpResponse

            def refuse(request, reason=""):
                return HttpResponse(f"No: {reason}", status=403)
        """,
    }
    site(files, CSRF_FAILURE_VIEW="shop.refusal.refuse")
    reasons = {
        "origin": "The browser says it comes from another site (cross-site).",
        "token": "Origin checking failed - https://evil.test does not match any "
        "trusted origins.",
    }

    page, problem = (
        send("POST", "/x", headers=EVIL | accept, enforce_csrf_checks=True)
        for accept in ({"Accept": "text/html"}, {})
    )

    assert (page.status_code, page.text) == (403, f"No: {reasons[mode]}")
    assert problem.json()["detail"] == f"Cross-site request refused. {reasons[mode]}"
    assert page["Vary"] == problem["Vary"] == "Accept"


TOUCHING = """
    def touch(get_response):
        def middleware(request):
            request.{}
            return get_response(request)
        return middleware

    middleware = [touch]
"""
FORM = """--x\r
Content-Disposition: form-data; name="csrfmiddlewaretoken"\r
\r
{token}\r
--x--\r
"""


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize("mode", ["origin", "token"])
@pytest.mark.parametrize(
    ("touched", "status"), [("POST", 200), ("body", 200), ("read(1)", 403)]
)
@pytest.mark.parametrize("is_of_folder", [False, True], ids=["project", "folder"])
def test_form_that_middleware_has_read_is_searched(
    send, site, keyword, mode, touched, status, is_of_folder
):
    token = "a" * 32
    files = {
        "shop/routes/x/route.py": f"""
            csrf = {mode!r}

            {keyword} POST(request):
                return [*request.form]
        """,
        f"shop/{'routes/' * is_of_folder}middleware.py": TOUCHING.format(touched),
    }
    site(files, MIDDLEWARE=[] if is_of_folder else ["shop.middleware.touch"])

    response = send(
        "POST",
        "/x",
        FORM.format(token=token),
        type="multipart/form-data; boundary=x",
        cookies={"csrftoken": token, "sessionid": "s"},
        enforce_csrf_checks=True,
    )

    assert response.status_code == status


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_method_that_middleware_of_a_folder_changes_is_judged(send, site, keyword):
    files = {
        "shop/routes/x/route.py": f"""
            {keyword} GET(): return "shown"
            {keyword} DELETE(): return "deleted"
        """,
        "shop/routes/middleware.py": """
            def override(get_response):
                def middleware(request):
                    request.method = request.GET.get("_method", request.method)
                    return get_response(request)
                return middleware

            middleware = [override]
        """,
    }
    site(files)

    statuses = [
        send(method, f"/x?{query}", headers=headers, enforce_csrf_checks=True)
        for method, query, headers in [
            ("GET", "_method=DELETE", EVIL),
            ("GET", "_method=DELETE", {}),
            ("GET", "", EVIL),
            ("DELETE", "_method=GET", EVIL),
        ]
    ]

    assert [found.status_code for found in statuses] == [403, 200, 200, 403]
