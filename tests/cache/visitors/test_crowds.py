"""Visitors who come at once to an answer that is theirs alone each get their own."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cache.visitors.staging import Visitor, get_status

NAMES = [f"visitor{number}" for number in range(6)]

EARLY = """
    import threading

    arrived = threading.Barrier(len({names}))

    class Arriving:
        def __init__(self, get_response):
            self.get_response = get_response

        def __call__(self, request):
            arrived.wait(10)
            return self.get_response(request)

    def work():
        threading.Event().wait(0.05)

    # handler
    def page(request):
        {before}
        name = {expression}
        {after}
        return {{"name": name}}
"""

READS = {
    "cookie": "request.COOKIES['name']",
    "all cookies": "dict(request.COOKIES)['name']",
    "header": "request.headers['X-Name']",
    "META": "request.META['HTTP_X_NAME']",
    "copy": "copy.copy(request).COOKIES['name']",
    "attribute": "getattr(request, 'environ', None)['HTTP_X_NAME']",
}


def visit(name):
    visitor = Visitor("wsgi")
    visitor.client.cookies["name"] = name
    return visitor.get("/page", x_name=name)


def visit_all():
    with ThreadPoolExecutor(len(NAMES)) as pool:
        return list(pool.map(visit, NAMES))


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_each_visitor_of_a_crowd_gets_the_own_answer(stage, when, read):
    working = {"before": "", "after": ""} | {when: "work()"}
    source = EARLY.format(names=NAMES, expression=READS[read], **working)
    stage("    import copy\n" + source, MIDDLEWARE=["shop.handlers.Arriving"])

    responses = visit_all()

    assert [response.json()["name"] for response in responses] == NAMES
    assert all("hit" not in get_status(response) for response in responses)


def test_each_query_of_a_crowd_has_its_answer(stage):
    source = EARLY.format(
        names=NAMES, expression="request.GET['name']", before="work()", after=""
    )
    stage(source, MIDDLEWARE=["shop.handlers.Arriving"])

    with ThreadPoolExecutor(len(NAMES)) as pool:
        paths = [f"/page?name={name}" for name in NAMES]
        responses = list(pool.map(lambda path: Visitor("wsgi").get(path), paths))

    assert [response.json()["name"] for response in responses] == NAMES


def test_crowd_of_a_public_answer_is_served_by_one_run(stage):
    source = EARLY.format(names=NAMES, expression="'all'", before="work()", after="")
    stage(source + "\n    runs = []\n", MIDDLEWARE=["shop.handlers.Arriving"])

    statuses = [get_status(response) for response in visit_all()]

    assert statuses.count("fwd=uri-miss; stored") == 1
    assert threading.active_count() < 50
