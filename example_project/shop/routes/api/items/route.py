"""The shop's items; `?q=tea` finds some of them, and each `q` is cached for itself."""

from shop.models import Item

revalidate = 60


def GET(request):
    items = Item.objects.filter(name__icontains=request.GET.get("q", ""))
    return list(items.values("id", "name", "price"))
