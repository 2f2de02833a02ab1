"""One broken route answers 500 on its own URL, and only there."""

import pytest

GOOD = "def GET(): return 'good'\n"

BROKEN = {
    "import-error": ("import no_such_module\n", "No module named 'no_such_module'"),
    "syntax-error": ("def GET(:\n", "invalid syntax"),
    "system-exit": ("raise SystemExit('stop')\n", "SystemExit: stop"),
    "config": ("csrf = 'maybe'\ndef GET(): ...\n", "'csrf' is 'maybe'"),
    "argument": ("def GET(wrong): ...\n", "GET takes 'wrong'"),
    "class": ("class GET: ...\n", "GET is the class 'GET'"),
    "generator": ("def GET():\n    yield 1\n", "GET is a generator"),
}


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize(("source", "reason"), BROKEN.values(), ids=list(BROKEN))
def test_broken_route_fails_alone(send, site, caplog, source, reason, debug):
    files = {"shop/routes/bad/route.py": source, "shop/routes/good/route.py": GOOD}
    site(files, DEBUG=debug)

    broken = send("GET", "/bad", raises=False, headers={"Accept": "text/plain"})
    good = send("GET", "/good")

    assert (broken.status_code, good.json()) == (500, "good")
    shown = broken.content.decode().replace("&#x27;", "'")
    assert (reason in shown) is debug
    assert "shop/routes/bad/route.py" in caplog.text
    assert reason in caplog.text


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "FOO"])
def test_broken_route_fails_for_every_method(send, site, method):
    site({"shop/routes/bad/route.py": "1/0"})

    response = send(method, "/bad", raises=False)

    assert response.status_code == 500


def test_cause_travels_with_the_exception(send, site):
    site({"shop/routes/bad/route.py": "1/0"})

    with pytest.raises(Exception, match="division by zero") as caught:
        send("GET", "/bad")

    assert str(caught.value) == (
        "shop/routes/bad/route.py can't answer. The file can't be imported: "
        "ZeroDivisionError: division by zero Mend the file; "
        "manage.py shell -c 'import shop.routes.bad.route' has the traceback."
    )
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_two_files_for_one_url_both_fail(send, site):
    files = {
        "shop/routes/(a)/x/route.py": GOOD,
        "shop/routes/(b)/x/route.py": GOOD,
        "shop/routes/y/route.py": GOOD,
    }
    site(files)

    answers = [send("GET", path, raises=False).status_code for path in ("/x", "/y")]

    assert answers == [500, 200]


def test_folder_without_a_url_is_404(send, site):
    files = {"shop/routes/[[id]]/route.py": GOOD, "shop/routes/y/route.py": GOOD}
    site(files)

    answers = [send("GET", path, raises=False).status_code for path in ("/x", "/y")]

    assert answers == [404, 200]


@pytest.mark.parametrize("folder", ["[id=nothing]", "[id=path]"])
def test_folder_with_an_unusable_converter_is_404(send, site, folder):
    files = {f"shop/routes/{folder}/route.py": GOOD, "shop/routes/y/route.py": GOOD}
    site(files)

    answers = [send("GET", path, raises=False).status_code for path in ("/x", "/y")]

    assert answers == [404, 200]


def test_folder_middleware_fails_its_whole_subtree(send, site):
    files = {
        "shop/routes/admin/middleware.py": "middleware = [",
        "shop/routes/admin/route.py": GOOD,
        "shop/routes/admin/deep/route.py": GOOD,
        "shop/routes/open/route.py": GOOD,
    }
    site(files)

    answers = [
        send("GET", path, raises=False).status_code
        for path in ("/admin", "/admin/deep", "/open")
    ]

    assert answers == [500, 500, 200]


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_file_without_handlers_answers_405_and_options(send, site, method):
    site({"shop/routes/x/route.py": "name = 'x'"})

    response = send(method, "/x")

    assert response.status_code == (204 if method == "OPTIONS" else 405)
    assert response["Allow"] == "OPTIONS"
