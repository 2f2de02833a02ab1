"""Run `manage.py routes` in a test."""

import io

import pytest
from django.core.management import CommandError, call_command

GET = "def GET(): return {}\n"

SHOP = {
    "shop/routes/items/route.py": f"revalidate = 60\n{GET}def POST(): ...\n",
    "shop/routes/items/[id=int]/route.py": "csrf = 'token'\ndef PUT(id): ...\n",
    "blog/routes/posts/route.py": GET,
}


BROKEN = {
    "shop/routes/bad/route.py": "1/0",
    "shop/routes/good/route.py": GET,
    "shop/routes/odd/route.py": f"{GET}def get(): ...\n",
}


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self):
        return True


def run_routes(*arguments):
    """Return what `manage.py routes` writes to its two streams."""
    out, err = io.StringIO(), io.StringIO()
    call_command("routes", *arguments, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def fail_routes(*arguments):
    """Return what a command writes that fails, and why it does."""
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("routes", *arguments, stdout=out, stderr=out, no_color=True)
    return out.getvalue(), str(caught.value), caught.value.returncode
