"""One order, and since when it is paid."""

from django.http import Http404

from shop.models import Order


async def GET(params):
    order = await Order.objects.filter(**params).values().afirst()
    if order is None:
        raise Http404("There is no such order.")
    return order
