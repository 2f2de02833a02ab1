"""Fill the shop with what the demo shows."""

from decimal import Decimal
from uuid import UUID

from shop.models import Item, Order

ITEMS = {
    1: {"name": "Teapot", "price": Decimal("24.00"), "stock": 418},
    2: {"name": "Green tea", "price": Decimal("6.50"), "stock": 30},
    3: {"name": "Tea towel", "price": Decimal("9.90"), "stock": 0},
}
ORDER_ID = UUID("5eed0000-0000-4000-8000-000000000001")


def load():
    """Add what is missing, and leave alone what is there."""
    for id_, fields in ITEMS.items():
        Item.objects.get_or_create(id=id_, defaults=fields)
    Order.objects.get_or_create(id=ORDER_ID, defaults={"item_id": 1, "quantity": 1})
