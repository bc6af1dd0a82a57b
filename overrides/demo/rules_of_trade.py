"""What must hold of orders, invoices, payments and licences."""

from __future__ import annotations

from overrides.demo.rule import Rule

TRADE_RULES = (
    Rule(
        "an order's amounts are those of its lines",
        """
        SELECT orders.id, orders.gross, sum(line.qty * line.unit_price)
        FROM orders JOIN order_lines AS line ON line.order_id = orders.id
        GROUP BY orders.id, orders.gross
        HAVING abs(orders.gross - sum(line.qty * line.unit_price)) > 0.005
        """,
    ),
    Rule(
        "free units follow the scheme (rule 10)",
        """
        SELECT line.id, line.qty, line.free_qty
        FROM order_lines AS line LEFT JOIN schemes AS scheme ON scheme.id = line.scheme_id
        WHERE line.free_qty <> coalesce(line.qty / scheme.buy * scheme.free, 0)
          OR scheme.product_id <> line.product_id
        """,
    ),
    Rule(
        "no price with tax is above the batch's MRP (rule 11)",
        """
        SELECT id, unit_price, rate, mrp FROM invoice_lines
        WHERE unit_price * (100 + rate) / 100.0 > mrp + 0.0001
        """,
    ),
    Rule(
        "the tax rate is that of the invoice date (rule 12)",
        """
        SELECT line.id, line.rate, invoice.date
        FROM invoice_lines AS line JOIN invoices AS invoice ON invoice.id = line.invoice_id
        LEFT JOIN gst_rates AS own ON own.product_id = line.product_id
          AND invoice.date BETWEEN own.valid_from AND coalesce(own.valid_to, invoice.date)
        LEFT JOIN gst_rates AS heading ON heading.hsn = line.hsn
          AND invoice.date BETWEEN heading.valid_from AND coalesce(heading.valid_to, invoice.date)
        WHERE coalesce(own.rate, heading.rate, -1) <> line.rate
        """,
    ),
    Rule(
        "tax is half and half within a state and whole between states (rules 12 and 13)",
        """
        SELECT line.id, line.taxable, line.rate, line.cgst, line.igst
        FROM invoice_lines AS line
        JOIN invoices AS invoice ON invoice.id = line.invoice_id
        JOIN locations AS location ON location.id = invoice.location_id
        WHERE abs(line.cgst - CASE WHEN invoice.place_of_supply = location.state_code
            THEN line.taxable * line.rate / 200.0 ELSE 0 END) > 0.005001
          OR abs(line.igst - CASE WHEN invoice.place_of_supply = location.state_code
            THEN 0 ELSE line.taxable * line.rate / 100.0 END) > 0.005001
        """,
    ),
    Rule(
        "a line's taxable value is quantity times price less discount",
        """
        SELECT id, qty, unit_price, discount, taxable FROM invoice_lines
        WHERE abs(qty * unit_price - discount - taxable) > 0.005
        """,
    ),
    Rule(
        "an invoice is the sum of its lines (rule 13)",
        """
        SELECT invoice.id, invoice.total, sum(line.total)
        FROM invoices AS invoice LEFT JOIN invoice_lines AS line ON line.invoice_id = invoice.id
        GROUP BY invoice.id, invoice.total, invoice.round_off, invoice.taxable, invoice.cgst,
          invoice.igst
        HAVING abs(invoice.total - invoice.round_off - coalesce(sum(line.total), 0)) > 0.005
          OR abs(invoice.taxable - sum(line.taxable)) > 0.005
          OR abs(invoice.cgst - sum(line.cgst)) > 0.005
          OR abs(invoice.igst - sum(line.igst)) > 0.005
        """,
    ),
    Rule(
        "every order that left has one invoice, and no other order has any",
        """
        SELECT orders.id, orders.status, count(invoice.id)
        FROM orders LEFT JOIN invoices AS invoice ON invoice.order_id = orders.id
        GROUP BY orders.id, orders.status
        HAVING count(invoice.id) <> CASE
          WHEN orders.status IN ('dispatched', 'delivered', 'returned') THEN 1 ELSE 0 END
        """,
    ),
    Rule(
        "invoice numbers have no gap in their series (rule 14)",
        """
        SELECT location_id, substr(no, 1, 9), count(*), max(CAST(substr(no, 11) AS INTEGER))
        FROM invoices GROUP BY location_id, substr(no, 1, 9)
        HAVING count(*) <> max(CAST(substr(no, 11) AS INTEGER))
        """,
    ),
    Rule(
        "a large consignment has an e-way bill (rule 15)",
        "SELECT id, total FROM invoices WHERE total > 50000 AND eway_no IS NULL",
    ),
    Rule(
        "the buyer holds the licence the goods need on the invoice date (rule 16)",
        """
        SELECT invoice.id, customer.code, product.schedule
        FROM invoice_lines AS line
        JOIN invoices AS invoice ON invoice.id = line.invoice_id
        JOIN customers AS customer ON customer.id = invoice.customer_id
        JOIN products AS product ON product.id = line.product_id
        WHERE customer.kind IN ('retailer', 'hospital', 'stockist') AND NOT EXISTS (
          SELECT 1 FROM customer_licences AS licence
          WHERE licence.customer_id = customer.id
            AND invoice.date BETWEEN licence.valid_from AND licence.valid_to
            AND (product.schedule = 'X' AND licence.form IN ('20F', '20G')
              OR product.schedule <> 'X' AND product.is_schedule_c
                AND licence.form IN ('21', '21B')
              OR product.schedule <> 'X' AND NOT product.is_schedule_c
                AND licence.form IN ('20', '20B')))
        """,
    ),
    Rule(
        "patients are given what needs a prescription on one only (rule 17)",
        """
        SELECT invoice.id, product.id FROM invoices AS invoice
        JOIN customers AS customer ON customer.id = invoice.customer_id
        JOIN invoice_lines AS line ON line.invoice_id = invoice.id
        JOIN products AS product ON product.id = line.product_id
        WHERE customer.kind = 'patient' AND product.schedule IN ('H', 'H1', 'X', 'NDPS')
          AND NOT EXISTS (SELECT 1 FROM prescriptions AS word
            WHERE word.order_id = invoice.order_id)
        """,
    ),
    Rule(
        "no more comes back than was sold (rule 21)",
        """
        SELECT sold.id, sold.qty, sum(back.qty)
        FROM credit_note_lines AS back
        JOIN invoice_lines AS sold ON sold.id = back.invoice_line_id
        GROUP BY sold.id, sold.qty HAVING sum(back.qty) > sold.qty
        """,
    ),
    Rule(
        "a credit note is the sum of its lines",
        """
        SELECT note.id, note.total, sum(line.total)
        FROM credit_notes AS note
        LEFT JOIN credit_note_lines AS line ON line.credit_note_id = note.id
        GROUP BY note.id, note.total, note.round_off
        HAVING abs(note.total - note.round_off - coalesce(sum(line.total), 0)) > 0.005
        """,
    ),
    Rule(
        "a payment settles no more than its amount (rule 23)",
        """
        SELECT payment.id, payment.amount, sum(part.amount)
        FROM payments AS payment
        JOIN payment_allocations AS part ON part.payment_id = payment.id
        GROUP BY payment.id, payment.amount HAVING sum(part.amount) > payment.amount + 0.005
        """,
    ),
    Rule(
        "an invoice is paid and credited no more than its total (rule 23)",
        """
        SELECT invoice.id, invoice.total, sum(settled.amount)
        FROM invoices AS invoice JOIN (
          SELECT part.invoice_id, part.amount FROM payment_allocations AS part
          JOIN payments AS payment ON payment.id = part.payment_id
          WHERE payment.status <> 'bounced'
          UNION ALL SELECT invoice_id, total FROM credit_notes
        ) AS settled ON settled.invoice_id = invoice.id
        GROUP BY invoice.id, invoice.total HAVING sum(settled.amount) > invoice.total + 0.005
        """,
    ),
    Rule(
        "a payment settles invoices of the customer who paid",
        """
        SELECT part.id FROM payment_allocations AS part
        JOIN payments AS payment ON payment.id = part.payment_id
        JOIN invoices AS invoice ON invoice.id = part.invoice_id
        WHERE payment.customer_id <> invoice.customer_id
        """,
    ),
)
