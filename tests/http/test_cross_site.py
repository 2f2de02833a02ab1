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
