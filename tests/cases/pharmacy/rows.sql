-- What both databases hold before each case.

INSERT INTO suppliers (id, name, country, rating, since) VALUES
  (1, 'Aravalli Labs', 'IN', 4.5, '2011-04-01'),
  (2, 'Borealis', 'NO', 3.9, '2018-09-15'),
  (3, 'Cantabria', NULL, NULL, NULL);
INSERT INTO products (id, code, name, form, price, stock, prescription, supplier_id, facts) VALUES
  (1, 'T-100', 'Aspirin', 'tablet', 2.50, 120, false, 1,
   '{"dose": 500, "colour": "white", "packs": [10, 20], "maker": {"site": "A1"}}'),
  (2, 'T-200', 'Biotin', 'tablet', 4.00, 0, false, 1,
   '{"dose": 5, "colour": "yellow", "packs": [30], "maker": {"site": "A2"}}'),
  (3, 'S-300', 'Codeine, mild', 'syrup', 11.75, 8, true, 2, '{"dose": 15, "colour": "red"}'),
  (4, 'C-400', 'Dermal "plus"', 'cream', 7.20, 31, NULL, NULL, NULL),
  (5, 'T-500', 'Erythro*', 'tablet', 18.00, 4, true, 2, '{"dose": 250, "packs": []}');
INSERT INTO categories (id, name, parent_id) VALUES
  (1, 'medicine', NULL), (2, 'pain', 1), (3, 'skin', 1), (4, 'vitamins', NULL);
INSERT INTO product_categories (product_id, category_id, rank) VALUES
  (1, 2, 1), (2, 4, 1), (3, 2, 2), (4, 3, 1), (5, 1, NULL), (1, 1, 2);
INSERT INTO customers (id, name, email, city, age, credit, active) VALUES
  (1, 'Odile Okoro', 'odile@example.org', 'Pune', 34, 120.00, true),
  (2, 'Pavel Orban', 'pavel@example.org', 'Oslo', 17, 0.00, true),
  (3, 'Petra Ortega', NULL, 'Oslo', 71, NULL, false),
  (4, 'Quirin Nagy', 'quirin@example.org', NULL, 12, 15.50, true);
INSERT INTO branches (id, name, city) VALUES
  (1, 'Harbour', 'Oslo'), (2, 'Market', 'Pune'), (3, 'Station', 'Pune');
INSERT INTO staff (id, name, boss_id, branch_id) VALUES
  (1, 'Rhea', NULL, 1), (2, 'Sven', 1, 1), (3, 'Tara', 1, 2), (4, 'Udo', 3, 2);
INSERT INTO mentorships (mentor_id, apprentice_id) VALUES (1, 3), (1, 4), (2, 3);
INSERT INTO shifts (id, name, previous_id) VALUES
  (1, 'morning', NULL), (2, 'noon', 1), (3, 'night', 2);
INSERT INTO orders
  (id, customer_id, billing_id, pickup_id, status, placed_on, amount, details) VALUES
  (1, 1, 2, 3, 'open', '2026-01-10', 21.50, '{"tax": 1.50, "gift": true}'),
  (2, 1, 2, 2, 'sent', '2026-01-10', 8.00, '{"tax": 0.50}'),
  (3, 2, 1, 1, 'packed', '2026-02-03', 18.00, NULL),
  (4, 4, 2, NULL, 'open', '2026-02-03', 36.00, '{"tax": 3.25, "gift": false}');
INSERT INTO order_lines (order_id, line, product_id, quantity) VALUES
  (1, 1, 1, 4), (1, 2, 3, 1), (2, 1, 2, 2), (3, 1, 5, 1), (4, 1, 5, 2);
INSERT INTO receipts (order_id, number, paid_on) VALUES
  (1, 'R-1', '2026-01-11'), (2, 'R-2', NULL);
INSERT INTO batches (product_id, lot, expires) VALUES
  (1, 'L1', '2027-03-01'), (1, 'L2', '2028-03-01'), (3, 'L1', '2026-12-01');
INSERT INTO recalls (id, product_id, lot, reason) VALUES
  (1, 1, 'L1', 'label'), (2, 3, 'L1', 'taste'), (3, NULL, NULL, 'drill');
INSERT INTO jottings (body, weight) VALUES ('first', 0.5), ('second', NULL);
INSERT INTO "Price List" (id, "Unit Price", "part.no") VALUES (1, 9.90, 'A.1'), (2, 250.00, 'B.2');
INSERT INTO "Аптеки" (id, "город") VALUES (1, 'Київ'), (2, 'Львів');
INSERT INTO leaflets (id, product_id, title, body, meta) VALUES
  (1, 1, 'Aspirin', 'Relieves pain. The fat cats slept on it.', '{"note": "fat cats"}'),
  (2, 2, 'Biotine', 'Un conte amusant: les pilules étaient amusantes.', NULL),
  (3, 3, 'Codeine', 'Soothes a cough; do not drive at night.', '{"note": "drowsy"}');
