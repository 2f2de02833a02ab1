"""Show the shop's tables in the admin."""

from django.contrib import admin

from shop.models import Item, Order, StripeEvent

admin.site.register([Item, Order, StripeEvent])
