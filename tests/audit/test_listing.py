"""Every endpoint at every mount is a row."""

from django_routehandlers.audit.listing import Row, read_listing, read_rows
from django_routehandlers.urls import find_root_mounts

FILES = {
    "shop/routes/items/[id=int]/route.py": """
        name = "item"
        revalidate = 60
        csrf = "token"
        max_body = 10
        def GET(id): return {}
        async def POST(): ...
    """,
    "shop/routes/middleware.py": (
        "middleware = ['django.middleware.gzip.GZipMiddleware']"
    ),
}

ITEM = Row(
    path="/items/[id=int]",
    methods=["GET", "HEAD", "POST"],
    name="item",
    mode="mixed",
    cache="60 s",
    csrf="token",
    max_body=10,
    middleware=["django.middleware.gzip.GZipMiddleware"],
    app="shop",
    module="shop.routes.items.id__int_param.route",
    file="shop/routes/items/[id=int]/route.py",
    params=["id"],
    broken=False,
)


def test_a_row_says_all_of_an_endpoint(site):
    site(FILES)

    assert read_rows(find_root_mounts()) == [ITEM]


def test_a_listing_has_the_endpoint_and_the_mount_beside_the_row(site):
    site(FILES)
    (mount,) = find_root_mounts()

    (listed,) = read_listing([mount])

    assert (listed.row, listed.mount) == (ITEM, mount)
    assert listed.endpoint in mount.tree.table.endpoints


def test_max_body_may_be_that_of_the_setting(site):
    site({"shop/routes/route.py": "def GET(): ..."}, ROUTE_HANDLERS={"MAX_BODY": 5})

    assert [row.max_body for row in read_rows(find_root_mounts())] == [5]
