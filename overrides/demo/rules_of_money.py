"""What must hold of payments that bounced, goods that came back, and points."""

from __future__ import annotations

from overrides.demo.rule import Rule

MONEY_RULES = (
    Rule(
        "a payment that bounced has its contra row, and no other has one (rule 23)",
        """
        SELECT payment.id, payment.status, payment.amount, back.amount
        FROM payments AS payment LEFT JOIN payment_reversals AS back
          ON back.payment_id = payment.id
        WHERE (payment.status = 'bounced') <> (back.id IS NOT NULL)
          OR abs(payment.amount - back.amount) > 0.005
        """,
    ),
    Rule(
        "no more units come back than left, free ones too (rule 21)",
        """
        SELECT sold.id, sold.qty, sum(back.qty), sold.free_qty, sum(back.free_qty)
        FROM return_lines AS back JOIN invoice_lines AS sold ON sold.id = back.invoice_line_id
        GROUP BY sold.id, sold.qty, sold.free_qty
        HAVING sum(back.qty) > sold.qty OR sum(back.free_qty) > sold.free_qty
        """,
    ),
    Rule(
        "what came back of a line is what was credited of it (rules 21 and 22)",
        """
        SELECT line, sum(back), sum(credited) FROM (
          SELECT invoice_line_id AS line, qty AS back, 0 AS credited FROM return_lines
          UNION ALL
          SELECT part.invoice_line_id, 0, part.qty FROM credit_note_lines AS part
          JOIN credit_notes AS note ON note.id = part.credit_note_id
          WHERE note.kind <> 'price'
        ) AS both_sides
        GROUP BY line HAVING sum(back) <> sum(credited)
        """,
    ),
    Rule(
        "a line credited whole is credited what it said, to the paisa (rule 13)",
        """
        SELECT sold.id, sold.total, sum(part.total)
        FROM invoice_lines AS sold
        JOIN credit_note_lines AS part ON part.invoice_line_id = sold.id
        JOIN credit_notes AS note ON note.id = part.credit_note_id
        WHERE note.tax_adjusted AND note.kind <> 'price'
        GROUP BY sold.id, sold.qty, sold.total
        HAVING sum(part.qty) = sold.qty AND abs(sum(part.total) - sold.total) > 0.005
        """,
    ),
    Rule(
        "units of a return are in quarantine until they were inspected (rule 21)",
        """
        SELECT place, batch, sum(moved), sum(waiting) FROM (
          SELECT moves.location_id AS place, moves.batch_id AS batch, moves.qty AS moved,
            0 AS waiting
          FROM stock_moves AS moves JOIN locations AS location ON location.id = moves.location_id
          WHERE location.kind = 'quarantine' AND moves.ref_table = 'returns'
          UNION ALL
          SELECT goods.location_id, line.batch_id, 0,
            line.qty + line.free_qty - line.restocked - line.written_off
          FROM return_lines AS line JOIN returns AS goods ON goods.id = line.return_id
        ) AS both_sides
        GROUP BY place, batch HAVING sum(moved) <> sum(waiting)
        """,
    ),
    Rule(
        "a balance of points is the sum of its entries (rule 28)",
        """
        SELECT account.id, account.balance, sum(entry.points)
        FROM loyalty_accounts AS account
        LEFT JOIN loyalty_entries AS entry ON entry.account_id = account.id
        GROUP BY account.id, account.balance
        HAVING account.balance <> coalesce(sum(entry.points), 0) OR account.balance < 0
        """,
    ),
    Rule(
        "no more is used up of a lot of points than it had (rule 28)",
        """
        SELECT lot.id, lot.points, sum(used.points)
        FROM loyalty_entries AS lot JOIN loyalty_entries AS used ON used.lot_id = lot.id
        GROUP BY lot.id, lot.points HAVING lot.points + sum(used.points) < 0
        """,
    ),
    Rule(
        "points are earned by invoices that are paid, and by no prescriber (rule 28)",
        """
        SELECT entry.id, invoice.total, customer.kind
        FROM loyalty_entries AS entry
        JOIN invoices AS invoice ON invoice.id = entry.invoice_id
        JOIN customers AS customer ON customer.id = invoice.customer_id
        WHERE entry.kind = 'earn' AND (customer.kind = 'doctor' OR 0.005 <
          invoice.total
          - (SELECT coalesce(sum(note.total), 0) FROM credit_notes AS note
            WHERE note.invoice_id = invoice.id)
          - (SELECT coalesce(sum(part.amount), 0) FROM payment_allocations AS part
            JOIN payments AS payment ON payment.id = part.payment_id
            WHERE part.invoice_id = invoice.id AND payment.status = 'cleared'))
        """,
    ),
)
