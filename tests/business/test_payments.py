"""Domain rule 23: what payments settle, by the actions and by the tables' own routes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from tests.business.paid_world import DOORS, TODAY, World, made_world, refusal

REFS = count(1)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with made_world(request, tmp_path_factory.mktemp("payments"), request.param) as made:
        yield made


def pay(world: World, customer: int, rupees: float, door: str = "", **more: Any) -> httpx.Response:
    """Take a payment in, by a door."""
    body = {
        "customer_id": customer,
        "amount": rupees,
        "mode": "neft",
        "ref": f"R{next(REFS)}",
        **more,
    }
    headers = {**world.as_role("accountant"), "Prefer": "return=representation"}
    return world.api.post(f"{door}/payments", json=body, headers=headers)


def paid(answer: httpx.Response) -> int:
    """The id of a payment that was taken in."""
    assert answer.status_code == 201, answer.text
    told = answer.json()
    return int((told[0] if isinstance(told, list) else told)["id"])


def settled(world: World, payment: int) -> list[tuple[int, float]]:
    """What a payment settles, by invoice."""
    query = (
        "SELECT invoice_id, amount FROM payment_allocations WHERE payment_id = :id"
        " ORDER BY invoice_id"
    )
    return [(row[0], float(row[1])) for row in world.rows(query, id=payment)]


@pytest.mark.parametrize("door", DOORS)
def test_rule_23_a_payment_settles_the_oldest_due_first(world: World, door: str) -> None:
    customer = world.customer()
    later = world.sell(customer)  # 1050.00
    older = world.sell(customer, day=TODAY - timedelta(days=50))

    payment = paid(pay(world, customer, 1500, door))

    assert settled(world, payment) == [(later.invoice, 450.0), (older.invoice, 1050.0)]
    assert (world.outstanding(older), world.outstanding(later)) == (Decimal(0), Decimal(600))


@pytest.mark.parametrize("door", DOORS)
def test_rule_23_what_nobody_owes_stays_with_the_payment(world: World, door: str) -> None:
    customer = world.customer()
    sale = world.sell(customer)
    payment = paid(pay(world, customer, 2000, door))
    assert settled(world, payment) == [(sale.invoice, 1050.0)]
    another = world.sell(customer)

    answer = world.post(f"/payments/{payment}/allocate", {}, "accountant")

    assert answer.json() == {
        "id": payment,
        "status": "cleared",
        "amount": 2000.0,
        "allocations": [
            {"invoice_id": sale.invoice, "amount": 1050.0},
            {"invoice_id": another.invoice, "amount": 950.0},
        ],
        "unallocated": 0.0,
    }


def test_rule_23_a_body_says_which_invoices_by_nested_rows(world: World) -> None:
    customer = world.customer()
    older = world.sell(customer, day=TODAY - timedelta(days=50))
    later = world.sell(customer)

    answer = pay(
        world,
        customer,
        1200,
        payment_allocations=[{"invoice_id": later.invoice, "amount": 1000.5}],
    )

    assert settled(world, paid(answer)) == [(later.invoice, 1000.5)]
    assert world.outstanding(older) == older.total


def test_rule_23_an_action_says_which_invoices(world: World) -> None:
    customer = world.customer()
    payment = paid(pay(world, customer, 700))
    first, second = world.sell(customer), world.sell(customer)
    shares = [{"invoice_id": second.invoice, "amount": 300}]

    for told in ([(second.invoice, 300.0)], [(second.invoice, 600.0)]):  # adds up
        answer = world.post(f"/payments/{payment}/allocate", {"allocations": shares})
        assert answer.status_code == 200, answer.text
        assert settled(world, payment) == told
    assert world.outstanding(first) == first.total


def test_rule_23_more_than_is_owed_is_over_allocated_by_every_door(world: World) -> None:
    customer = world.customer()
    payment = paid(pay(world, customer, 5000))
    sale = world.sell(customer)
    share = {"invoice_id": sale.invoice, "amount": 1050.01}

    answer = world.post(f"/payments/{payment}/allocate", {"allocations": [share]})
    assert refusal(answer) == (409, "over_allocated")
    assert answer.json()["details"] == {
        "invoice_id": sale.invoice,
        "available": 1050.0,
        "asked": 1050.01,
    }
    for door in DOORS:
        answer = world.post(f"{door}/payment_allocations", {"payment_id": payment, **share})
        assert refusal(answer) == (409, "over_allocated")
    assert refusal(pay(world, customer, 5000, payment_allocations=[share])) == (
        409,
        "over_allocated",
    )
    two = [{"payment_id": payment, "invoice_id": sale.invoice, "amount": 600}] * 2
    assert refusal(world.post("/payment_allocations", two)) == (409, "over_allocated")
    assert settled(world, payment) == []


def test_rule_23_more_than_is_left_of_it_is_over_allocated_by_every_door(world: World) -> None:
    customer = world.customer()
    payment = paid(pay(world, customer, 100))
    sale = world.sell(customer)
    share = {"invoice_id": sale.invoice, "amount": 100.01}

    answer = world.post(f"/payments/{payment}/allocate", {"allocations": [share]})
    assert refusal(answer) == (409, "over_allocated")
    assert answer.json()["details"] == {
        "payment_id": payment,
        "status": "cleared",
        "amount": 100.0,
        "available": 100.0,
        "asked": 100.01,
    }
    for door in DOORS:
        answer = world.post(f"{door}/payment_allocations", {"payment_id": payment, **share})
        assert refusal(answer) == (409, "over_allocated")
    assert settled(world, payment) == []


def test_rule_23_a_row_of_the_table_settles_as_the_action_does(world: World) -> None:
    customer = world.customer()
    payment = paid(pay(world, customer, 500))
    sale = world.sell(customer)
    row = {"payment_id": payment, "invoice_id": sale.invoice, "amount": 500}

    assert world.post("/rest/v1/payment_allocations", row, "accountant").status_code == 201

    assert settled(world, payment) == [(sale.invoice, 500.0)]
    assert world.outstanding(sale) == Decimal(550)


def test_rule_23_somebody_elses_invoice_is_refused_by_every_door(world: World) -> None:
    payment = paid(pay(world, world.customer(), 100))
    share = {"invoice_id": world.sell(world.customer()).invoice, "amount": 10}

    answer = world.post(f"/payments/{payment}/allocate", {"allocations": [share]})

    assert refusal(answer) == (422, "other_customer")
    for door in DOORS:
        answer = world.post(f"{door}/payment_allocations", {"payment_id": payment, **share})
        assert refusal(answer) == (422, "other_customer")


def test_an_invoice_that_is_not_there_is_told(world: World) -> None:
    payment = paid(pay(world, world.customer(), 100))
    shares = [{"invoice_id": 999_999, "amount": 10}]

    answer = world.post(f"/payments/{payment}/allocate", {"allocations": shares})

    assert refusal(answer) == (422, "no_such_invoice")


def test_rule_23_a_bounce_reverses_by_a_contra_row(world: World) -> None:
    customer = world.customer()
    sale = world.sell(customer)
    payment = paid(pay(world, customer, 1050, mode="cheque"))
    assert world.outstanding(sale) == 0

    answer = world.post(f"/payments/{payment}/bounce", {"reason": "no funds"}, "accountant")
    again = world.post(f"/payments/{payment}/bounce", {"reason": "no funds"}, "accountant")

    assert (answer.status_code, again.status_code) == (200, 200)
    assert answer.json() == again.json()
    assert (answer.json()["status"], answer.json()["unallocated"]) == ("bounced", 0.0)
    assert world.outstanding(sale) == Decimal(1050)
    query = "SELECT amount, reason, created_by FROM payment_reversals WHERE payment_id = :id"
    ((back, reason, by),) = world.rows(query, id=payment)
    assert (float(back), reason, by) == (1050.0, "no funds", "7")
    share = {"allocations": [{"invoice_id": sale.invoice, "amount": 1}]}
    refused = world.post(f"/payments/{payment}/allocate", share)
    assert refusal(refused) == (409, "over_allocated")


@pytest.mark.parametrize("door", DOORS)
def test_rule_23_a_status_that_is_patched_means_what_its_action_does(
    world: World, door: str
) -> None:
    customer = world.customer()
    sale = world.sell(customer)
    payment = paid(pay(world, customer, 1050, mode="cheque"))
    where = f"{door}/payments?id=eq.{payment}"

    assert world.patch(where, {"status": "bounced"}, "accountant").status_code < 300

    assert world.outstanding(sale) == Decimal(1050)
    contra = "SELECT count(*) FROM payment_reversals WHERE payment_id = :id"
    assert world.one(contra, id=payment) == 1
    back = world.patch(where, {"status": "cleared"}, "accountant")
    assert refusal(back) == (409, "bad_transition")
    assert back.json()["details"] == {
        "payment_id": payment,
        "from": "bounced",
        "to": "cleared",
        "allowed": [],
    }


def test_a_cheque_is_received_until_it_clears_and_all_else_is_there_at_once(world: World) -> None:
    customer = world.customer()
    cheque = pay(world, customer, 10, mode="cheque")
    assert (cheque.json()["status"], cheque.json()["date"]) == ("received", str(TODAY))
    assert cheque.json()["created_by"] == "7"
    assert pay(world, customer, 10, mode="upi").json()["status"] == "cleared"

    cleared = world.post(f"/payments/{paid(cheque)}/clear", {}, "accountant")

    assert cleared.json()["status"] == "cleared"
    bounced = world.post(f"/payments/{paid(cheque)}/bounce", {"reason": "late"})
    assert refusal(bounced) == (409, "bad_transition")
    assert refusal(pay(world, customer, 10, status="bounced")) == (409, "bad_transition")


@pytest.mark.parametrize("door", DOORS)
def test_a_payment_and_what_it_settles_stand(world: World, door: str) -> None:
    customer = world.customer()
    sale = world.sell(customer)
    payment = paid(pay(world, customer, 100))
    kept = f"{door}/payment_allocations?payment_id=eq.{payment}"

    changed = world.patch(f"{door}/payments?id=eq.{payment}", {"amount": 1})
    removed = world.delete(f"{door}/payments?id=eq.{payment}")

    assert refusal(changed) == (409, "payment_immutable")
    assert refusal(removed) == (409, "retained")
    assert refusal(world.patch(kept, {"amount": 1})) == (403, "append_only")
    assert refusal(world.delete(kept)) == (403, "append_only")
    assert settled(world, payment) == [(sale.invoice, 100.0)]


def test_paise_are_whole_and_amounts_positive(world: World) -> None:
    answer = pay(world, world.customer(), 10.005)

    assert refusal(answer) == (422, "AUTO125")
    assert answer.json()["details"] == [
        {"row": 0, "field": "amount", "message": "is in whole paise: two places at most"}
    ]
    assert refusal(pay(world, world.customer(), -5)) == (400, "23514")


@pytest.mark.parametrize("role", ["manager", "sales", "pharmacist", "viewer"])
def test_only_who_keeps_the_books_moves_money(world: World, role: str) -> None:
    payment = paid(pay(world, world.customer(), 10))

    for name, body in (("allocate", {}), ("clear", {}), ("bounce", {"reason": "x"})):
        answer = world.post(f"/payments/{payment}/{name}", body, role)
        assert refusal(answer) == (403, "AUTO121")


def test_rule_23_the_database_itself_refuses_what_is_too_much(world: World) -> None:
    customer = world.customer()
    sale = world.sell(customer)
    payment = paid(pay(world, customer, 100))
    over = (
        "INSERT INTO payment_allocations (payment_id, invoice_id, amount)"
        f" SELECT {payment}, id, 1 FROM invoices WHERE customer_id = {customer} AND id <> :id"
    )
    other = world.sell(customer)

    for statement in (
        f"UPDATE payment_allocations SET amount = 100.01 WHERE payment_id = {payment}",
        over,
    ):
        with pytest.raises(sa.exc.DBAPIError, match="over_allocated"), world.engine.begin() as it:
            it.execute(sa.text(statement), {"id": sale.invoice} if ":id" in statement else {})
    with pytest.raises(sa.exc.DBAPIError, match="payment_immutable"), world.engine.begin() as it:
        it.execute(sa.text(f"UPDATE payments SET amount = 1 WHERE id = {payment}"))
    with pytest.raises(sa.exc.DBAPIError, match="payment_immutable"), world.engine.begin() as it:
        it.execute(sa.text(f"DELETE FROM payments WHERE id = {payment}"))
    assert world.outstanding(other) == other.total
