-- What PostgreSQL alone holds before each case.

INSERT INTO storage_rules (product_id, degrees, season, warnings, spot, checks) VALUES
  (1, '[15,25)', '[2026-01-01,2026-07-01)', '{dry,dark}', '(cellar,3)', '{1,2,3}'),
  (2, '[2,8)', '[2026-07-01,2027-01-01)', '{}', '(fridge,1)', '{3,4}'),
  (3, '[8,15)', NULL, '{dark,upright}', NULL, NULL);
INSERT INTO sales (sold_on, branch_id, amount) VALUES
  ('2025-12-31', 1, 900.00), ('2026-01-02', 1, 1200.00), ('2026-01-02', 2, 300.00);
INSERT INTO visits (id, product_code, visitor) VALUES
  (1, 'T-100', 'Vera'), (2, 'S-300', 'Wim'), (3, 'T-100', 'Xenia');
INSERT INTO wages (staff_id, amount) VALUES (1, 3000.00), (2, 2500.00);
INSERT INTO memos (id, author, body) VALUES
  (1, 'rhea', 'Order more aspirin'), (2, 'sven', 'Call the landlord'), (3, 'rhea', 'Dust shelf 3');
INSERT INTO archive.products (id, name, gone_on) VALUES (1, 'Laudanum', '1914-01-01');
INSERT INTO stickers (id, name) VALUES (1, 'urgent'), (2, 'keep cool');
INSERT INTO labels (id, name, colour) VALUES (1, 'urgent', 16711680), (2, 'calm', 3368601);

SELECT setval(pg_get_serial_sequence(name, 'id'), 100)
FROM unnest(ARRAY['suppliers', 'products', 'customers', 'orders', 'files']) AS name;
