-- The pharmacy as SQLite holds it: what ``postgres.sql`` has that SQLite can hold.

CREATE TABLE suppliers (
  id integer PRIMARY KEY,
  name text NOT NULL UNIQUE,
  country text,
  rating numeric(3,1),
  since date
);
CREATE TABLE products (
  id integer PRIMARY KEY,
  code varchar(8) NOT NULL UNIQUE,
  name text NOT NULL,
  form text NOT NULL DEFAULT 'tablet' CHECK (form IN ('tablet', 'syrup', 'cream')),
  price numeric(8,2) NOT NULL DEFAULT 1.00 CHECK (price >= 0),
  stock integer NOT NULL DEFAULT 0,
  prescription boolean,
  supplier_id integer REFERENCES suppliers (id),
  facts json
);
CREATE TABLE categories (
  id integer PRIMARY KEY,
  name text NOT NULL,
  parent_id integer REFERENCES categories (id)
);
CREATE TABLE product_categories (
  product_id integer NOT NULL REFERENCES products (id),
  category_id integer NOT NULL REFERENCES categories (id),
  rank integer,
  PRIMARY KEY (product_id, category_id)
);
CREATE TABLE customers (
  id integer PRIMARY KEY,
  name text NOT NULL,
  email text UNIQUE,
  city text,
  age integer,
  credit numeric(8,2),
  active boolean NOT NULL DEFAULT true
);
CREATE TABLE branches (
  id integer PRIMARY KEY,
  name text NOT NULL,
  city text NOT NULL
);
CREATE TABLE staff (
  id integer PRIMARY KEY,
  name text NOT NULL,
  boss_id integer REFERENCES staff (id),
  branch_id integer REFERENCES branches (id)
);
CREATE TABLE mentorships (
  mentor_id integer NOT NULL CONSTRAINT mentor REFERENCES staff (id),
  apprentice_id integer NOT NULL CONSTRAINT apprentice REFERENCES staff (id),
  PRIMARY KEY (mentor_id, apprentice_id)
);
CREATE TABLE shifts (
  id integer PRIMARY KEY,
  name text NOT NULL,
  previous_id integer UNIQUE REFERENCES shifts (id)
);
CREATE TABLE orders (
  id integer PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers (id),
  billing_id integer CONSTRAINT billing REFERENCES branches (id),
  pickup_id integer CONSTRAINT pickup REFERENCES branches (id),
  status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'packed', 'sent')),
  placed_on date NOT NULL,
  amount numeric(8,2) NOT NULL,
  details json
);
CREATE TABLE order_lines (
  order_id integer NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
  line integer NOT NULL,
  product_id integer REFERENCES products (id),
  quantity integer NOT NULL DEFAULT 1,
  PRIMARY KEY (order_id, line)
);
CREATE TABLE receipts (
  order_id integer PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE,
  number text NOT NULL UNIQUE,
  paid_on date
);
CREATE TABLE batches (
  product_id integer NOT NULL REFERENCES products (id),
  lot text NOT NULL,
  expires date NOT NULL,
  PRIMARY KEY (product_id, lot)
);
CREATE TABLE recalls (
  id integer PRIMARY KEY,
  product_id integer,
  lot text,
  reason text NOT NULL,
  FOREIGN KEY (product_id, lot) REFERENCES batches (product_id, lot)
);
CREATE TABLE jottings (body text, weight double precision);
CREATE TABLE "Price List" (
  id integer PRIMARY KEY,
  "Unit Price" numeric(8,2),
  "part.no" text
);
CREATE TABLE "Аптеки" (id integer PRIMARY KEY, "город" text);
CREATE VIEW cheap_products AS
  SELECT id, code, name, price, supplier_id FROM products WHERE price < 5;
CREATE VIEW cheap_tablets AS
  SELECT id, name, supplier_id FROM cheap_products WHERE code LIKE 'T%';
CREATE VIEW order_overview AS
  SELECT orders.id AS order_id, orders.customer_id, customers.name AS customer, orders.amount
  FROM orders JOIN customers ON customers.id = orders.customer_id;
CREATE VIEW stock_by_form AS
  SELECT form, sum(stock) AS stock FROM products GROUP BY form;
CREATE TABLE leaflets (
  id integer PRIMARY KEY,
  product_id integer REFERENCES products (id),
  title text NOT NULL,
  body text NOT NULL,
  meta json
);
CREATE VIRTUAL TABLE leaflet_words USING
  fts5(body, content='leaflets', content_rowid='id', tokenize='porter unicode61');
CREATE TRIGGER leaflets_added AFTER INSERT ON leaflets BEGIN
  INSERT INTO leaflet_words (rowid, body) VALUES (new.id, new.body);
END;
CREATE TRIGGER leaflets_gone AFTER DELETE ON leaflets BEGIN
  INSERT INTO leaflet_words (leaflet_words, rowid, body) VALUES ('delete', old.id, old.body);
END;
