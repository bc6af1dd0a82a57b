"""Domain rule 28: points, by the actions and routes and by the tables' own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from generated import models
from tests.business.paid_world import (
    BATCH_X,
    DOORS,
    GOOD,
    TODAY,
    Sale,
    World,
    made_world,
    refusal,
)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with made_world(request, tmp_path_factory.mktemp("loyalty"), request.param) as made:
        yield made


def pay_for(world: World, customer: int, rupees: float, mode: str = "upi") -> int:
    """Take a payment in, for the oldest due."""
    ref = f"L{world.one('SELECT coalesce(max(id), 0) + 1 FROM payments')}"
    body = {"customer_id": customer, "amount": rupees, "mode": mode, "ref": ref}
    answer = world.post("/payments", body, "admin")
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def loyalty(world: World, customer: int) -> dict[str, Any]:
    """The points of a customer, as anybody reads them."""
    answer = world.api.get(f"/customers/{customer}/loyalty", headers=world.as_role("viewer"))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def points(world: World, customer: int) -> int:
    """The balance, which is the sum of the entries."""
    query = (
        "SELECT account.balance, coalesce(sum(entry.points), 0) FROM loyalty_accounts AS account"
        " LEFT JOIN loyalty_entries AS entry ON entry.account_id = account.id"
        " WHERE account.customer_id = :id GROUP BY account.id, account.balance"
    )
    rows = world.rows(query, id=customer)
    if not rows:
        return 0
    assert rows[0][0] == rows[0][1]
    return int(rows[0][0])


def paid_sale(world: World, customer: int, *lines: tuple[int, int, int, int, int]) -> Sale:
    """Something sold and paid."""
    sale = world.sell(customer, lines or ((GOOD, 10, 0, 1000_00, 500),))
    pay_for(world, customer, float(sale.total))
    return sale


def burn(world: World, customer: int, wanted: int, role: str = "sales") -> httpx.Response:
    """Use points."""
    body = {"points": wanted, "reason": "a gift"}
    return world.post(f"/loyalty/{customer}/burn", body, role)


def account_of(world: World, customer: int) -> int:
    """The id of the account."""
    query = "SELECT id FROM loyalty_accounts WHERE customer_id = :id"
    return int(world.one(query, id=customer))


def test_rule_28_points_are_earned_on_the_taxable_value_once_it_is_paid(world: World) -> None:
    customer = world.customer()
    sale = world.sell(customer, ((GOOD, 10, 3, 1000_99, 1200), (GOOD, 1, 0, 5_00, 500)))
    pay_for(world, customer, float(sale.total) - 1)
    assert points(world, customer) == 0

    pay_for(world, customer, 1)

    assert loyalty(world, customer) == {  # one point for 100 rupees of 10,014.90
        "customer_id": customer,
        "tier": "Silver",
        "tier_until": "2027-03-31",
        "balance": 100,
        "available": 100,
        "shortfall": 0,
        "value": 50.0,
        "lots": [{"points": 100, "expires_on": "2027-06-30"}],
    }


def test_rule_28_a_cheque_earns_when_it_clears_by_either_door(world: World) -> None:
    for patched in (False, True):
        customer = world.customer()
        sale = world.sell(customer, ((GOOD, 10, 0, 1000_00, 500),))
        cheque = pay_for(world, customer, float(sale.total), "cheque")
        assert points(world, customer) == 0

        if patched:
            world.patch(f"/rest/v1/payments?id=eq.{cheque}", {"status": "cleared"})
        else:
            world.post(f"/payments/{cheque}/clear", {})

        assert points(world, customer) == 100


def test_rule_28_a_paid_invoice_earns_once(world: World) -> None:
    customer = world.customer()
    sale = paid_sale(world, customer)
    for _ in range(2):
        pay_for(world, customer, 500)
    account = account_of(world, customer)

    with pytest.raises(sa.exc.IntegrityError):
        world.add(
            models.LoyaltyEntries,
            {
                "account_id": account,
                "date": TODAY,
                "kind": "earn",
                "points": 5,
                "expires_on": TODAY,
                "invoice_id": sale.invoice,
            },
        )
    assert points(world, customer) == 100


def test_rule_28_schedule_x_tax_and_free_goods_earn_nothing(world: World) -> None:
    customer = world.customer()

    paid_sale(world, customer, (GOOD, 10, 5, 100_00, 1800), (BATCH_X, 10, 0, 100_00, 1800))

    assert points(world, customer) == 10


def test_rule_28_prescribers_are_given_no_rewards_by_any_door(world: World) -> None:
    doctor = world.customer("doctor")
    paid_sale(world, doctor)

    read = world.api.get(f"/customers/{doctor}/loyalty", headers=world.as_role("viewer"))

    assert refusal(read) == (404, "no_account")
    assert refusal(burn(world, doctor, 1)) == (404, "no_account")
    account = {"customer_id": doctor, "tier_id": 1, "tier_until": str(TODAY)}
    for door in DOORS:
        answer = world.post(f"{door}/loyalty_accounts", account)
        assert refusal(answer) == (422, "no_rewards")


def test_rule_28_returns_take_points_back_in_proportion(world: World) -> None:
    """100 points for ten units; three returns of 1, 2 and 7 leave 90, 70 and none."""
    customer = world.customer()
    sale = paid_sale(world, customer)

    for qty, left in ((1, 90), (2, 70), (7, 0)):
        body = {
            "reason": "broken",
            "lines": [{"invoice_line_id": sale.lines[0], "qty": qty}],
        }
        assert world.post(f"/orders/{sale.order}/return", body).status_code == 200
        assert points(world, customer) == left


def test_rule_28_what_came_back_before_it_was_paid_earns_nothing(world: World) -> None:
    customer = world.customer()
    sale = world.sell(customer, ((GOOD, 10, 0, 1000_00, 500),))
    body = {"reason": "broken", "lines": [{"invoice_line_id": sale.lines[0], "qty": 4}]}
    world.post(f"/orders/{sale.order}/return", body)

    pay_for(world, customer, 6300)

    assert points(world, customer) == 60
    body = {"reason": "broken", "lines": [{"invoice_line_id": sale.lines[0], "qty": 3}]}
    world.post(f"/orders/{sale.order}/return", body)
    assert points(world, customer) == 30


def test_rule_28_points_burned_before_their_goods_come_back_are_earned_off(world: World) -> None:
    customer = world.customer()
    sale = paid_sale(world, customer)
    assert burn(world, customer, 80).status_code == 200

    world.post(f"/orders/{sale.order}/return", {"reason": "broken"})

    told = loyalty(world, customer)
    assert (told["balance"], told["shortfall"]) == (0, 80)
    paid_sale(world, customer)
    told = loyalty(world, customer)
    assert (told["balance"], told["shortfall"]) == (20, 0)


def lots(world: World, customer: int, *given: tuple[int, date]) -> int:
    """An account with lots of its own."""
    with world.engine.begin() as connection:
        made = connection.execute(
            sa.insert(models.LoyaltyAccounts).values(
                customer_id=customer, tier_id=1, tier_until=TODAY
            )
        )
        key = made.inserted_primary_key
        assert key is not None
    for many, last in given:
        sale = world.sell(customer)
        world.add(
            models.LoyaltyEntries,
            {
                "account_id": key[0],
                "date": TODAY,
                "kind": "earn",
                "points": many,
                "expires_on": last,
                "invoice_id": sale.invoice,
            },
        )
    return int(key[0])


def test_rule_28_points_that_expire_first_are_burned_first(world: World) -> None:
    customer = world.customer()
    late, soon = TODAY + timedelta(days=90), TODAY + timedelta(days=10)
    lots(world, customer, (50, late), (30, soon))

    answer = burn(world, customer, 40)

    assert answer.json() == {"customer_id": customer, "burned": 40, "value": 20.0, "balance": 40}
    assert loyalty(world, customer)["lots"] == [{"points": 40, "expires_on": str(late)}]


def test_rule_28_more_than_there_is_is_points_short_by_every_door(world: World) -> None:
    customer = world.customer()
    gone = TODAY - timedelta(days=1)
    account = lots(world, customer, (50, TODAY), (30, TODAY), (70, gone))

    answer = burn(world, customer, 81)

    assert refusal(answer) == (409, "points_short")
    assert answer.json()["details"] == {"customer_id": customer, "asked": 81, "available": 80}
    row = {"account_id": account, "kind": "burn", "points": -81, "date": str(TODAY)}
    for door in DOORS:
        answer = world.post(f"{door}/loyalty_entries", row, "manager")
        assert refusal(answer) == (409, "points_short")
    two = [{**row, "points": -60}, {**row, "points": -30}]
    assert refusal(world.post("/loyalty_entries", two)) == (409, "points_short")
    assert points(world, customer) == 150
    lot = world.one("SELECT min(id) FROM loyalty_entries WHERE account_id = :id", id=account)
    with pytest.raises(sa.exc.DBAPIError, match="points_short"):
        world.add(models.LoyaltyEntries, {**row, "date": TODAY, "lot_id": lot, "points": -51})


@pytest.mark.parametrize("door", DOORS)
def test_rule_28_a_row_that_burns_is_taken_of_the_lots(world: World, door: str) -> None:
    customer = world.customer()
    soon, late = TODAY + timedelta(days=1), TODAY + timedelta(days=40)
    account = lots(world, customer, (50, late), (30, soon))
    row = {"account_id": account, "kind": "burn", "points": -20, "date": str(TODAY)}

    assert world.post(f"{door}/loyalty_entries", [row, row], "manager").status_code == 201

    assert points(world, customer) == 40
    assert loyalty(world, customer)["lots"] == [{"points": 40, "expires_on": str(late)}]


@pytest.mark.parametrize("door", DOORS)
def test_rule_1_the_ledger_of_points_is_append_only(world: World, door: str) -> None:
    customer = world.customer()
    account = lots(world, customer, (50, TODAY))
    entries = f"{door}/loyalty_entries?account_id=eq.{account}"

    earned = {
        "account_id": account,
        "kind": "earn",
        "points": 5,
        "date": str(TODAY),
        "expires_on": str(TODAY),
    }
    assert refusal(world.post(f"{door}/loyalty_entries", earned)) == (403, "append_only")
    assert refusal(world.patch(entries, {"points": 60})) == (403, "append_only")
    assert refusal(world.delete(entries)) == (403, "AUTO121")
    for statement in ("UPDATE loyalty_entries SET points = 60", "DELETE FROM loyalty_entries"):
        with pytest.raises(sa.exc.DBAPIError, match="append_only"), world.engine.begin() as it:
            it.execute(sa.text(statement))
    balance = world.patch(f"{door}/loyalty_accounts?id=eq.{account}", {"balance": 99})
    assert refusal(balance) == (403, "append_only")
    assert points(world, customer) == 50


def test_rule_28_points_expire_by_their_day_and_are_written_off_by_the_job(world: World) -> None:
    customer = world.customer()
    gone = TODAY - timedelta(days=15)
    lots(world, customer, (70, gone), (30, TODAY))
    burn(world, customer, 5)
    told = loyalty(world, customer)
    assert (told["balance"], told["available"]) == (95, 25)

    answer = world.post("/loyalty/expire", {}, "manager")

    assert answer.json()["points"] >= 70
    assert points(world, customer) == 25
    again = world.post("/loyalty/expire", {"as_of": str(TODAY)}, "manager")
    assert (again.json()["accounts"], again.json()["points"]) == (0, 0)
    tomorrow = {"as_of": str(TODAY + timedelta(days=1))}
    assert refusal(world.post("/loyalty/expire", tomorrow)) == (422, "bad_date")


def test_rule_28_tiers_rise_at_once_and_fall_when_the_period_is_over(world: World) -> None:
    customer = world.customer()
    paid_sale(world, customer, (GOOD, 10, 0, 999_00, 500))
    world.post("/loyalty/rate", {})
    assert loyalty(world, customer)["tier"] == "Silver"
    sale = paid_sale(world, customer, (GOOD, 1, 0, 10_00, 500))  # 10,000 rupees in all

    raised = world.post("/loyalty/rate", {}).json()

    assert raised["raised"] >= 1
    assert loyalty(world, customer)["tier"] == "Gold"
    world.post(f"/orders/{sale.order}/return", {"reason": "broken"})
    world.post("/loyalty/rate", {})
    assert loyalty(world, customer)["tier"] == "Gold"
    world.post("/loyalty/rate", {"as_of": "2027-04-01"})
    told = loyalty(world, customer)
    assert (told["tier"], told["tier_until"]) == ("Silver", "2028-03-31")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "20260331"])
@pytest.mark.parametrize("job", ["expire", "rate"])
def test_a_job_is_run_on_no_day_that_there_never_was(world: World, job: str, day: str) -> None:
    assert refusal(world.post(f"/loyalty/{job}", {"as_of": day})) == (400, "AUTO112")


def test_a_better_tier_earns_more(world: World) -> None:
    customer = world.customer()
    paid_sale(world, customer)
    world.post("/loyalty/rate", {})
    before = points(world, customer)

    paid_sale(world, customer)

    assert points(world, customer) - before == 200


@pytest.mark.parametrize("role", ["pharmacist", "accountant", "viewer"])
def test_who_may_burn_and_run_the_jobs(world: World, role: str) -> None:
    assert refusal(burn(world, 1, 1, role)) == (403, "AUTO121")
    for job in ("expire", "rate"):
        assert refusal(world.post(f"/loyalty/{job}", {}, role)) == (403, "AUTO121")
    stranger = world.api.post("/loyalty/1/burn", json={"points": 1, "reason": "x"})
    assert stranger.status_code == 401
