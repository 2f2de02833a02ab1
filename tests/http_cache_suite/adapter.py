"""
Put the cache under test before the origin's handler.

For the moment there is none. A cache that needs to know the test it stands before finds
its script with `scripts.find_play(uuid)`; `scripts.read_vary` and
`lifetimes.read_lifetime` say what a route would declare. Of the request that it is
handed, the origin's handler reads the URL and nothing else.
"""

from tests.http_cache_suite.origin import View


def wrap(view: View) -> View:
    """
    Return the cached view for `/test/<uuid>` and what is below.

    Both are called with the request, the `uuid` and the `rest` of the path.
    """
    return view
