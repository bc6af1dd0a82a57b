"""In which columns ``search`` looks: ``GET /products?search=para 500``, ``/customers?search=mum``.

What else a list may be narrowed by is in every table's grammar: ``docs/api.md``.
"""

from __future__ import annotations

from autoapi import searched
from generated.models import (
    Batches,
    Customers,
    Inventory,
    Invoices,
    Locations,
    Manufacturers,
    Orders,
    Payments,
    Products,
    Users,
)

searched(Products.name, Products.sku, Products.gtin, Products.composition)
searched(Inventory.product, Inventory.sku, Inventory.location)
searched(Batches.batch_no)
searched(Customers.name, Customers.code, Customers.gstin, Customers.phone)
searched(Orders.no)
searched(Invoices.no)
searched(Payments.ref)
searched(Manufacturers.name)
searched(Locations.code, Locations.name)
searched(Users.name, Users.email)
