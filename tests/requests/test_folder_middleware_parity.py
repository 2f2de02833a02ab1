"""Middleware in folders does what the same middleware does in MIDDLEWARE."""

import importlib
import random
from contextlib import ExitStack

import pytest
from asgiref.sync import AsyncToSync, SyncToAsync

from tests.trees import install_site, write_tree

STACK = """
    from asgiref.sync import iscoroutinefunction, markcoroutinefunction
    from django.core.exceptions import MiddlewareNotUsed, PermissionDenied
    from django.http import HttpResponse

    log = []

    def make(name, kind, call, view=None, exception=None, template=None, hooks="sync"):
        def begin(request):
            log.append(f"{name} begin")
            if call == "raise":
                raise ValueError(name)
            if call == "refuse":
                raise PermissionDenied(name)
            return HttpResponse(name, status=202) if call == "answer" else None

        def end(response):
            log.append(f"{name} end {response.status_code}")
            response.headers[f"X-{name}"] = "seen"
            return response

        class Middleware:
            sync_capable, async_capable = kind != "async", kind != "sync"

            def __init__(self, get_response):
                if call == "unused":
                    raise MiddlewareNotUsed(name)
                self.get_response = get_response
                self.is_async = iscoroutinefunction(get_response)
                if self.is_async:
                    markcoroutinefunction(self)

            def __call__(self, request):
                if self.is_async:
                    return self.acall(request)
                return begin(request) or end(self.get_response(request))

            async def acall(self, request):
                return begin(request) or end(await self.get_response(request))

        def process_view(self, request, function, args, kwargs):
            log.append(f"{name} view {function.__name__} {args} {kwargs}")
            kwargs["id"] += name
            if view == "raise":
                raise ValueError(name)
            return HttpResponse(f"{name} view") if view == "answer" else None

        def process_exception(self, request, exc):
            log.append(f"{name} exception {exc}")
            if exception == "raise":
                raise RuntimeError(name)
            return HttpResponse(f"{name} mends") if exception == "answer" else None

        def process_template_response(self, request, response):
            log.append(f"{name} template")
            if template == "raise":
                raise ValueError(name)
            response.template_name = None if template == "break" else template_of(name)
            return response

        own = {
            "process_view": view and process_view,
            "process_exception": exception and process_exception,
            "process_template_response": template and process_template_response,
        }
        for hook, function in own.items():
            if function:
                is_async = hooks == "async"
                setattr(Middleware, hook, to_async(function) if is_async else function)
        return Middleware

    def to_async(function):
        async def hook(self, *args):
            return function(self, *args)
        return hook

    def template_of(name):
        from django.template import engines
        return engines["django"].from_string("{{ word }} from " + name)
"""

ROUTE = """
    from django.template import engines
    from django.template.response import TemplateResponse
    from django_routehandlers.http import HttpError, Response
    from shop.stack import log

    def act(request, id):
        log.append(f"handler {{id}}")
        act = {act!r}
        if act == "raise":
            raise ValueError("handler")
        if act == "error":
            raise HttpError(409, "handler")
        if act == "template":
            return TemplateResponse(request, template(id), {{"word": id}})
        return {{"id": id}}

    def template(id):
        return engines["django"].from_string("{{{{ word }}}}")

    {keyword} GET(request, id):
        return act(request, id)
"""

TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]

# The form in which errors are Django's own.
BROWSER = {"Accept": "text/html"}

ACTS = ["answer", "answer", "raise", "error", "template"]


def invent(chance):
    """Return the arguments of a middleware that does something."""
    found = {
        "kind": chance.choice(["sync", "async", "both", "both"]),
        "call": chance.choice(["pass"] * 7 + ["raise", "refuse", "answer", "unused"]),
        "hooks": chance.choice(["sync", "async"]),
    }
    if chance.random() < 0.5:
        found["view"] = chance.choice(["pass"] * 4 + ["raise", "answer"])
    if chance.random() < 0.5:
        found["exception"] = chance.choice(["pass"] * 3 + ["raise", "answer"])
    if chance.random() < 0.4:
        found["template"] = chance.choice(["pass"] * 4 + ["raise", "break"])
    return found


def write_sources(chance, keyword):
    """Return the middleware, by folder from the outermost, and all files but theirs."""
    count = chance.randint(1, 5)
    names = [f"M{number}" for number in range(count)]
    lines = "\n".join(f"{name} = make({name!r}, **{invent(chance)})" for name in names)
    cuts = sorted(chance.choices(range(count + 1), k=2))
    folders = [names[: cuts[0]], names[cuts[0] : cuts[1]], names[cuts[1] :]]
    act = chance.choice(ACTS)
    files = {
        "shop/stack.py": "".join(line[4:] for line in STACK.splitlines(keepends=True))
        + lines,
        "shop/routes/a/(b)/[id]/route.py": ROUTE.format(act=act, keyword=keyword),
    }
    return folders, files


def record(send, root, files, **settings):
    """Return the answer, what every middleware has seen and the hops to get there."""
    hops = []
    call, acall = AsyncToSync.__call__, SyncToAsync.__call__

    def counting(self, *args, **kwargs):
        hops.append("loop")
        return call(self, *args, **kwargs)

    async def acounting(self, *args, **kwargs):
        hops.append("thread")
        return await acall(self, *args, **kwargs)

    write_tree(root, {"shop/__init__.py": "", **files})
    with ExitStack() as stack:
        stack.enter_context(install_site(root, TEMPLATES=TEMPLATES, **settings))
        send("GET", "/a/1", raises=False, headers=BROWSER)
        log = importlib.import_module("shop.stack").log
        log.clear()
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(AsyncToSync, "__call__", counting)
        patch.setattr(SyncToAsync, "__call__", acounting)
        response = send("GET", "/a/1", raises=False, headers=BROWSER)
    names = [name for name in response.headers if name.startswith("X-")]
    told = response.status_code, response.content, sorted(names), list(log)
    return told, len(hops)


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize("seed", range(25))
def test_folders_do_as_one_list(send, tmp_path, keyword, seed):
    folders, files = write_sources(random.Random(seed), keyword)
    places = ["a/", "a/(b)/", "a/(b)/[id]/"]
    listing = {
        f"shop/routes/{place}middleware.py": "from shop import stack\nmiddleware = ["
        + "".join(f"stack.{name}, " for name in names)
        + "]"
        for place, names in zip(places, folders, strict=True)
    }

    names = [f"shop.stack.{name}" for folder in folders for name in folder]
    flat, flat_hops = record(send, tmp_path / "flat", files, MIDDLEWARE=names)
    nested, nested_hops = record(
        send, tmp_path / "nested", files | listing, MIDDLEWARE=[]
    )

    is_template = "act = 'template'" in "".join(files.values())
    assert nested == flat
    # Django renders in a thread, also what is rendered already.
    assert nested_hops <= flat_hops + is_template
