"""What must hold between the ledger, the balances, and the batches set aside."""

from __future__ import annotations

from overrides.demo.rule import Rule

STOCK_RULES = (
    Rule(
        "on_hand is the sum of the moves (rule 2)",
        """
        SELECT location_id, batch_id, sum(on_hand), sum(moved) FROM (
          SELECT location_id, batch_id, on_hand, 0 AS moved FROM stock_balances
          UNION ALL SELECT location_id, batch_id, 0, qty FROM stock_moves
        ) AS both_sides
        GROUP BY location_id, batch_id HAVING sum(on_hand) <> sum(moved)
        """,
    ),
    Rule(
        "reserved is what orders not yet dispatched have set aside (rule 2)",
        """
        SELECT location_id, batch_id, sum(reserved), sum(promised) FROM (
          SELECT location_id, batch_id, reserved, 0 AS promised FROM stock_balances
          UNION ALL
          SELECT part.location_id, part.batch_id, 0, part.qty + part.free_qty
          FROM orders
          JOIN order_lines AS line ON line.order_id = orders.id
          JOIN line_allocations AS part ON part.line_id = line.id
          WHERE orders.status = 'allocated'
        ) AS both_sides
        GROUP BY location_id, batch_id HAVING sum(reserved) <> sum(promised)
        """,
    ),
    Rule(
        "batches set aside add up to the line, from allocated on (rule 9)",
        """
        SELECT line.id, line.qty, line.free_qty
        FROM order_lines AS line
        JOIN orders ON orders.id = line.order_id
        LEFT JOIN line_allocations AS part ON part.line_id = line.id
        GROUP BY line.id, line.qty, line.free_qty, orders.status
        HAVING coalesce(sum(part.qty), 0) <> CASE
            WHEN orders.status IN ('draft', 'confirmed', 'cancelled') THEN 0 ELSE line.qty END
          OR coalesce(sum(part.free_qty), 0) <> CASE
            WHEN orders.status IN ('draft', 'confirmed', 'cancelled') THEN 0 ELSE line.free_qty END
        """,
    ),
    Rule(
        "what left stock for sale is what dispatched orders had set aside",
        """
        SELECT location_id, batch_id, sum(sold), sum(shipped) FROM (
          SELECT location_id, batch_id, -qty AS sold, 0 AS shipped
          FROM stock_moves WHERE kind = 'sale'
          UNION ALL
          SELECT part.location_id, part.batch_id, 0, part.qty + part.free_qty
          FROM orders
          JOIN order_lines AS line ON line.order_id = orders.id
          JOIN line_allocations AS part ON part.line_id = line.id
          WHERE orders.status IN ('dispatched', 'delivered', 'returned')
        ) AS both_sides
        GROUP BY location_id, batch_id HAVING sum(sold) <> sum(shipped)
        """,
    ),
    Rule(
        "an allocation is of the line's product, at the order's location",
        """
        SELECT part.id FROM line_allocations AS part
        JOIN order_lines AS line ON line.id = part.line_id
        JOIN orders ON orders.id = line.order_id
        JOIN batches AS batch ON batch.id = part.batch_id
        WHERE batch.product_id <> line.product_id OR part.location_id <> orders.location_id
        """,
    ),
    Rule(
        "a transfer leaves the stock of the company as it was (rule 26)",
        """
        SELECT batch_id, sum(qty) FROM stock_moves
        WHERE kind IN ('transfer_out', 'transfer_in')
        GROUP BY batch_id HAVING sum(qty) <> 0
        """,
    ),
    Rule(
        "nothing is sold with fewer days left than its product needs (rule 4)",
        """
        SELECT line.id, line.expiry_date, invoice.date
        FROM invoice_lines AS line
        JOIN invoices AS invoice ON invoice.id = line.invoice_id
        JOIN products AS product ON product.id = line.product_id
        WHERE {days_left} < product.min_shelf_days
        """,
    ),
    Rule(
        "what is recalled has its recall, and what has one is recalled (rule 5)",
        """
        SELECT batch.id, batch.status, recall.id FROM batches AS batch
        LEFT JOIN recalls AS recall ON recall.batch_id = batch.id
        WHERE (batch.status = 'recalled') <> (recall.id IS NOT NULL)
          AND batch.status <> 'destroyed'
        """,
    ),
    Rule(
        "no transfer has received what was not sent, and one received lacks nothing (rule 26)",
        """
        SELECT line.id, line.qty_sent, line.qty_received, line.qty_written_off
        FROM transfer_lines AS line
        JOIN transfers AS transfer ON transfer.id = line.transfer_id
        WHERE line.qty_received + line.qty_written_off > line.qty_sent
          OR (transfer.status = 'received'
            AND line.qty_received + line.qty_written_off <> line.qty_sent)
        """,
    ),
    Rule(
        "the register of narcotics runs without gaps, and its balances add up (rule 19)",
        """
        SELECT entry.id FROM narcotics_register AS entry
        JOIN narcotics_register AS last ON last.location_id = entry.location_id
          AND last.product_id = entry.product_id AND last.entry_no = entry.entry_no - 1
        WHERE entry.balance <> last.balance + entry.qty
        """,
    ),
    Rule(
        "what the register of narcotics says is there, is there (rules 2 and 19)",
        """
        SELECT entry.location_id, entry.product_id, entry.balance FROM narcotics_register AS entry
        WHERE entry.entry_no = (SELECT max(last.entry_no) FROM narcotics_register AS last
            WHERE last.location_id = entry.location_id AND last.product_id = entry.product_id)
          AND entry.balance <> (SELECT coalesce(sum(move.qty), 0) FROM stock_moves AS move
            JOIN batches AS batch ON batch.id = move.batch_id
            WHERE move.location_id = entry.location_id AND batch.product_id = entry.product_id)
        """,
    ),
)
