"""The shop's items; `?q=tea` finds some of them."""

from shop.models import Item


def GET(request):
    items = Item.objects.filter(name__icontains=request.GET.get("q", ""))
    return list(items.values("id", "name", "price"))
