-- What the pharmacy's database computes and answers itself; PostgreSQL only.

-- Functions as RPC.

CREATE FUNCTION add(a integer, b integer) RETURNS integer LANGUAGE sql IMMUTABLE
  AS $$ SELECT a + b $$;
COMMENT ON FUNCTION add(integer, integer) IS E'A sum\n\nOf two whole numbers';
CREATE FUNCTION greet(who text DEFAULT 'guest') RETURNS text LANGUAGE sql IMMUTABLE
  AS $$ SELECT 'Good day, ' || who || '!' $$;
CREATE FUNCTION restock(changes jsonb) RETURNS void LANGUAGE sql AS $$
  UPDATE products SET stock = (change ->> 'stock')::integer
  FROM jsonb_array_elements(changes) AS change WHERE code = change ->> 'code'
$$;
CREATE FUNCTION product_of_numbers(json) RETURNS integer LANGUAGE sql IMMUTABLE
  AS $$ SELECT ($1 ->> 'x')::integer * ($1 ->> 'y')::integer $$;
CREATE FUNCTION shout(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper($1) $$;
CREATE FUNCTION element_name(xml) RETURNS text LANGUAGE sql IMMUTABLE
  AS $$ SELECT (xpath('name(/*)', $1))[1]::text $$;
CREATE FUNCTION keep_file(bytea) RETURNS integer LANGUAGE sql
  AS $$ INSERT INTO files (content) VALUES ($1) RETURNING length(content) $$;
CREATE FUNCTION one_more(numbers integer[]) RETURNS integer[] LANGUAGE sql IMMUTABLE
  AS $$ SELECT array_agg(number + 1) FROM unnest(numbers) AS number $$;
CREATE FUNCTION one_less(VARIADIC numbers integer[]) RETURNS integer[] LANGUAGE sql IMMUTABLE
  AS $$ SELECT array_agg(number - 1) FROM unnest(numbers) AS number $$;
CREATE FUNCTION dear_products() RETURNS SETOF products LANGUAGE sql STABLE
  AS $$ SELECT * FROM products WHERE price > 5 $$;
CREATE FUNCTION product_names() RETURNS SETOF text LANGUAGE sql STABLE
  AS $$ SELECT name FROM products ORDER BY id LIMIT 2 $$;
CREATE FUNCTION first_product() RETURNS products LANGUAGE sql STABLE
  AS $$ SELECT * FROM products WHERE id = 1 $$;
CREATE FUNCTION takings(since date) RETURNS TABLE (day date, total numeric) LANGUAGE sql STABLE
  AS $$ SELECT sold_on, sum(amount) FROM sales WHERE sold_on >= since GROUP BY 1 ORDER BY 1 $$;
CREATE FUNCTION split(price numeric, OUT whole integer, OUT rest numeric) LANGUAGE sql IMMUTABLE
  AS $$ SELECT trunc(price)::integer, price - trunc(price) $$;
CREATE FUNCTION loose_branches() RETURNS SETOF record LANGUAGE sql STABLE
  AS $$ SELECT id, name FROM branches ORDER BY id $$;
CREATE FUNCTION discount(price numeric) RETURNS numeric LANGUAGE sql IMMUTABLE
  AS $$ SELECT price * 0.9 $$;
CREATE FUNCTION discount(price numeric, percent numeric) RETURNS numeric LANGUAGE sql IMMUTABLE
  AS $$ SELECT price * (100 - percent) / 100 $$;
CREATE FUNCTION doubled(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT n * 2 $$;
CREATE FUNCTION doubled(n text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT n || n $$;
CREATE FUNCTION clear_jottings() RETURNS void LANGUAGE sql AS $$ DELETE FROM jottings $$;
CREATE FUNCTION clear_lines(smallest integer) RETURNS SETOF order_lines LANGUAGE sql
  AS $$ DELETE FROM order_lines WHERE quantity >= smallest RETURNING * $$;
CREATE FUNCTION manager_only() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'for your eyes' $$;
REVOKE EXECUTE ON FUNCTION manager_only() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION manager_only() TO pharmacy_manager;

-- Computed fields and relationships.

CREATE FUNCTION label(products) RETURNS text LANGUAGE sql STABLE
  AS $$ SELECT $1.code || ' ' || $1.name $$;
CREATE FUNCTION product(visits) RETURNS SETOF products ROWS 1 LANGUAGE sql STABLE
  AS $$ SELECT * FROM products WHERE code = $1.product_code $$;
CREATE FUNCTION visits(products) RETURNS SETOF visits LANGUAGE sql STABLE
  AS $$ SELECT * FROM visits WHERE product_code = $1.code ORDER BY id $$;
CREATE FUNCTION boss(staff) RETURNS SETOF staff ROWS 1 LANGUAGE sql STABLE
  AS $$ SELECT * FROM staff WHERE id = $1.boss_id $$;
CREATE FUNCTION team(staff) RETURNS SETOF staff LANGUAGE sql STABLE
  AS $$ SELECT * FROM staff WHERE boss_id = $1.id ORDER BY id $$;
CREATE FUNCTION apprentices(staff) RETURNS SETOF staff LANGUAGE sql STABLE AS $$
  SELECT staff.* FROM staff JOIN mentorships ON apprentice_id = staff.id
  WHERE mentor_id = $1.id ORDER BY staff.id
$$;
CREATE FUNCTION mentors(staff) RETURNS SETOF staff LANGUAGE sql STABLE AS $$
  SELECT staff.* FROM staff JOIN mentorships ON mentor_id = staff.id
  WHERE apprentice_id = $1.id ORDER BY staff.id
$$;
CREATE FUNCTION previous(shifts) RETURNS SETOF shifts ROWS 1 LANGUAGE sql STABLE
  AS $$ SELECT * FROM shifts WHERE id = $1.previous_id $$;
CREATE FUNCTION next(shifts) RETURNS SETOF shifts ROWS 1 LANGUAGE sql STABLE
  AS $$ SELECT * FROM shifts WHERE previous_id = $1.id $$;
CREATE FUNCTION branches(memos) RETURNS SETOF branches LANGUAGE sql STABLE
  AS $$ SELECT * FROM branches ORDER BY id $$;
CREATE FUNCTION products(leaflets) RETURNS SETOF products ROWS 1 LANGUAGE sql STABLE
  AS $$ SELECT * FROM products WHERE id = 5 $$;

-- A domain that is shown as #rrggbb and stored as a number.

CREATE DOMAIN colour AS integer;
CREATE FUNCTION colour_text(colour) RETURNS json LANGUAGE sql IMMUTABLE
  AS $$ SELECT to_json('#' || lpad(to_hex($1), 6, '0')) $$;
CREATE FUNCTION colour(text) RETURNS colour LANGUAGE sql IMMUTABLE
  AS $$ SELECT ('x' || lpad(ltrim($1, '#'), 8, '0'))::bit(32)::integer $$;
CREATE FUNCTION colour(json) RETURNS colour LANGUAGE sql IMMUTABLE
  AS $$ SELECT colour($1 #>> '{}') $$;
CREATE CAST (colour AS json) WITH FUNCTION colour_text(colour) AS IMPLICIT;
CREATE CAST (text AS colour) WITH FUNCTION colour(text) AS IMPLICIT;
CREATE CAST (json AS colour) WITH FUNCTION colour(json) AS IMPLICIT;
CREATE TABLE labels (id integer PRIMARY KEY, name text NOT NULL, colour colour);

-- Media types of our own.

CREATE TABLE stickers (id integer PRIMARY KEY, name text NOT NULL);
CREATE DOMAIN "text/vnd.sticker" AS text;
CREATE DOMAIN "text/csv" AS text;
CREATE DOMAIN "*/*" AS bytea;
CREATE FUNCTION sticker_card(id integer) RETURNS "text/vnd.sticker" LANGUAGE sql STABLE
  AS $$ SELECT '<<' || stickers.name || '>>' FROM stickers WHERE stickers.id = sticker_card.id $$;
CREATE FUNCTION add_card(state text, one stickers) RETURNS "text/vnd.sticker" LANGUAGE sql IMMUTABLE
  AS $$ SELECT state || '<<' || $2.name || '>>' $$;
CREATE AGGREGATE sticker_cards (stickers) (
  INITCOND = '', STYPE = "text/vnd.sticker", SFUNC = add_card
);
CREATE FUNCTION all_stickers() RETURNS SETOF stickers LANGUAGE sql STABLE
  AS $$ SELECT * FROM stickers ORDER BY id $$;
CREATE FUNCTION add_line(state text, one stickers) RETURNS "text/csv" LANGUAGE sql IMMUTABLE
  AS $$ SELECT state || $2.id || ';' || $2.name || E'\n' $$;
CREATE FUNCTION finish_lines(state "text/csv") RETURNS "text/csv" LANGUAGE sql AS $$
  SELECT set_config('response.headers',
    '[{"Content-Disposition": "attachment; filename=\"stickers.csv\""}]', true);
  SELECT 'id;name' || E'\n' || state
$$;
CREATE AGGREGATE sticker_lines (stickers) (
  INITCOND = '', STYPE = "text/csv", SFUNC = add_line, FINALFUNC = finish_lines
);
CREATE VIEW "stickers.xml" AS SELECT id, name FROM stickers;
CREATE FUNCTION add_element(state "*/*", one "stickers.xml") RETURNS "*/*" LANGUAGE sql IMMUTABLE
  AS $$ SELECT state || convert_to('<sticker id="' || $2.id || '">' || $2.name || '</sticker>', 'UTF8')
  $$;
CREATE FUNCTION finish_elements(state "*/*") RETURNS "*/*" LANGUAGE plpgsql AS $$
DECLARE
  wanted text := coalesce(current_setting('request.headers', true)::json ->> 'accept', '*/*');
BEGIN
  IF wanted = '*/*' THEN
    wanted := 'text/xml';
  ELSIF wanted NOT IN ('application/xml', 'text/xml') THEN
    RAISE SQLSTATE 'PT415' USING MESSAGE = 'Only as XML';
  END IF;
  PERFORM set_config('response.headers',
    json_build_array(json_build_object('Content-Type', wanted))::text, true);
  RETURN state;
END $$;
CREATE AGGREGATE sticker_elements ("stickers.xml") (
  INITCOND = '', STYPE = "*/*", SFUNC = add_element, FINALFUNC = finish_elements
);

-- Transactions, errors, and what a request may know of itself.

CREATE FUNCTION setting(name text) RETURNS text LANGUAGE sql STABLE
  AS $$ SELECT current_setting(name, true) $$;
CREATE FUNCTION noon() RETURNS timestamptz LANGUAGE sql STABLE
  AS $$ SELECT timestamptz '2026-01-10 12:00+00' $$;
CREATE FUNCTION header(name text) RETURNS text LANGUAGE sql STABLE
  AS $$ SELECT current_setting('request.headers', true)::json ->> name $$;
CREATE FUNCTION cookie(name text) RETURNS text LANGUAGE sql STABLE
  AS $$ SELECT current_setting('request.cookies', true)::json ->> name $$;
CREATE FUNCTION claim(name text) RETURNS text LANGUAGE sql STABLE
  AS $$ SELECT current_setting('request.jwt.claims', true)::json ->> name $$;
CREATE FUNCTION who_am_i() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_user::text $$;
CREATE FUNCTION tea() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
  PERFORM set_config('response.status', '418', true);
  PERFORM set_config('response.headers', '[{"X-Pot": "short"}, {"X-Pot": "stout"}]', true);
  RETURN 'tip me over';
END $$;
CREATE FUNCTION other_vary() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
  PERFORM set_config('response.headers', '[{"Vary": "Accept, X-Branch"}]', true);
  RETURN 'varied';
END $$;
CREATE FUNCTION bad_headers() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  PERFORM set_config('response.headers', '{"X-Pot": "short"}', true);
END $$;
CREATE FUNCTION bad_status() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  PERFORM set_config('response.status', 'teapot', true);
END $$;
CREATE FUNCTION serial_level() RETURNS text LANGUAGE sql STABLE
  SET default_transaction_isolation = 'serializable'
  AS $$ SELECT current_setting('transaction_isolation') $$;
CREATE FUNCTION time_limit() RETURNS text LANGUAGE sql STABLE SET statement_timeout = '7s'
  AS $$ SELECT current_setting('statement_timeout') $$;
CREATE FUNCTION writes_secretly() RETURNS void LANGUAGE sql STABLE
  AS $$ SELECT clear_jottings() $$;
CREATE FUNCTION refuse() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'The shop is shut' USING DETAIL = 'It is Sunday', HINT = 'Come on Monday';
END $$;
CREATE FUNCTION charge() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  RAISE SQLSTATE 'PT402' USING
    MESSAGE = 'Pay first', DETAIL = 'Credit is used up', HINT = 'Top it up';
END $$;
CREATE FUNCTION charge_with_headers() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  RAISE SQLSTATE 'PGRST' USING
    MESSAGE = '{"code": "SHOP1", "message": "Pay first", "details": "Credit", "hint": "Top up"}',
    DETAIL = '{"status": 402, "headers": {"X-Till": "3"}}';
END $$;
CREATE FUNCTION charge_oddly() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  RAISE SQLSTATE 'PGRST' USING
    MESSAGE = '{"code": "SHOP2", "message": "Page expired"}',
    DETAIL = '{"status": 419, "status_text": "Page Expired", "headers": {}}';
END $$;
CREATE FUNCTION charge_badly() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  RAISE SQLSTATE 'PGRST' USING MESSAGE = 'not JSON', DETAIL = '{"status": 402, "headers": {}}';
END $$;
CREATE FUNCTION fail_with(code text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  RAISE USING ERRCODE = code, MESSAGE = 'made to fail';
END $$;
CREATE SEQUENCE tickets;
CREATE VIEW next_ticket AS SELECT nextval('tickets') AS number;
CREATE FUNCTION mark_answer() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  IF current_setting('request.headers', true)::json ->> 'user-agent' LIKE '%MSIE 6.0%' THEN
    PERFORM set_config('response.headers', '[{"Cache-Control": "no-store"}]', true);
  END IF;
END $$;
CREATE FUNCTION no_evil() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  IF current_setting('request.jwt.claims', true)::json ->> 'name' = 'mallory' THEN
    RAISE EXCEPTION 'Not you' USING HINT = 'Be somebody else';
  END IF;
END $$;
CREATE FUNCTION choose_schemas() RETURNS void LANGUAGE sql AS $$
  SELECT set_config('pgrst.db_schemas', string_agg(nspname, ',' ORDER BY nspname DESC), true)
  FROM pg_namespace WHERE nspname IN ('public', 'archive')
$$;
CREATE FUNCTION front_page() RETURNS json LANGUAGE sql STABLE
  AS $$ SELECT '{"swagger": "2.0", "info": {"title": "Overridden"}}'::json $$;

-- Views that triggers make writable.

CREATE FUNCTION do_nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE VIEW dropbox AS SELECT DISTINCT body FROM jottings;
CREATE TRIGGER dropbox_insert INSTEAD OF INSERT ON dropbox
  FOR EACH ROW EXECUTE FUNCTION do_nothing();
CREATE VIEW blackboard AS SELECT DISTINCT body FROM jottings;
CREATE TRIGGER blackboard_insert INSTEAD OF INSERT ON blackboard
  FOR EACH ROW EXECUTE FUNCTION do_nothing();
CREATE TRIGGER blackboard_update INSTEAD OF UPDATE ON blackboard
  FOR EACH ROW EXECUTE FUNCTION do_nothing();
CREATE TRIGGER blackboard_delete INSTEAD OF DELETE ON blackboard
  FOR EACH ROW EXECUTE FUNCTION do_nothing();

-- Who may do what.

GRANT USAGE ON SCHEMA public, archive TO pharmacy_guest, pharmacy_clerk, pharmacy_manager;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, archive
  TO pharmacy_guest, pharmacy_clerk, pharmacy_manager;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public
  TO pharmacy_guest, pharmacy_clerk, pharmacy_manager;
REVOKE ALL ON wages FROM pharmacy_guest, pharmacy_clerk;
REVOKE ALL ON memos FROM pharmacy_guest;
ALTER ROLE pharmacy_manager SET statement_timeout = '9s';
ALTER ROLE pharmacy_manager SET enable_seqscan = off;
ALTER ROLE pharmacy_clerk SET default_transaction_isolation = 'repeatable read';
ALTER ROLE pharmacy_clerk SET log_min_messages = 'fatal';
