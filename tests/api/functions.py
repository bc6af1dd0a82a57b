"""A database of functions of every kind, over two exposed schemas and a hidden one.

The rows are rivers, the stations on them and what was read there.
"""

from __future__ import annotations

__all__ = ["FUNCTIONS", "SCHEMAS"]

SCHEMAS = ("api", "archive")

TABLES = """
CREATE SCHEMA api; CREATE SCHEMA archive; CREATE SCHEMA hidden;
CREATE TABLE api.rivers (id int PRIMARY KEY, name text NOT NULL, length_km int);
CREATE TABLE api.stations (
  id int PRIMARY KEY, river_id int NOT NULL REFERENCES api.rivers, place text NOT NULL);
CREATE TABLE hidden.soundings (
  id int PRIMARY KEY, station_id int REFERENCES api.stations, depth numeric);
CREATE VIEW api.soundings AS SELECT id, station_id, depth FROM hidden.soundings;
CREATE TABLE api.visits (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, visitor text NOT NULL);
INSERT INTO api.rivers VALUES (1, 'Isar', 292), (2, 'Lech', 264), (3, 'Naab', NULL);
INSERT INTO api.stations VALUES (10, 1, 'Lenggries'), (11, 1, 'Munich'), (20, 2, 'Augsburg');
INSERT INTO hidden.soundings VALUES (100, 10, 1.5), (101, 11, 2.25);
CREATE TYPE api.point AS (x int, y int);
CREATE TYPE api.mood AS ENUM ('calm', 'wild');
CREATE DOMAIN api.percent AS int CHECK (VALUE BETWEEN 0 AND 100);
CREATE DOMAIN api.spot AS api.point;
CREATE DOMAIN api.one_river AS api.rivers;
"""

ARGUMENTS = """
CREATE FUNCTION api.add(a int, b int DEFAULT 5) RETURNS int LANGUAGE sql IMMUTABLE
  AS 'SELECT a + b';
CREATE FUNCTION api.greet(name text) RETURNS text LANGUAGE sql IMMUTABLE
  AS $$ SELECT 'Hello ' || name $$;
CREATE FUNCTION api.join_up(sep text DEFAULT '-', VARIADIC parts text[] DEFAULT '{}')
  RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT array_to_string(parts, sep)';
CREATE FUNCTION api.total(VARIADIC numbers int[]) RETURNS bigint LANGUAGE sql IMMUTABLE
  AS 'SELECT sum(n) FROM unnest(numbers) AS n';
CREATE FUNCTION api.plus_one(numbers int[]) RETURNS int[] LANGUAGE sql IMMUTABLE
  AS 'SELECT array_agg(n + 1) FROM unnest(numbers) AS n';
CREATE FUNCTION api.kind_of(j json) RETURNS text LANGUAGE sql IMMUTABLE
  AS 'SELECT json_typeof(j)';
CREATE FUNCTION api.everything(
  flag boolean, code char, bits bit, day date, feel api.mood, spot api.point, share api.percent,
  raw bytea, spots api.point[]) RETURNS json LANGUAGE sql STABLE
  AS $$ SELECT json_build_object('flag', flag, 'code', code, 'bits', bits, 'day', day,
    'feel', feel, 'spot', spot, 'share', share, 'raw', raw, 'spots', spots) $$;
CREATE FUNCTION api."Odd ""name"" %s:1"("first name" text, "Größe" int, "select" text DEFAULT 's')
  RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT $1 || $2 || $3 $$;
CREATE FUNCTION api.same(v anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS 'SELECT v';
CREATE FUNCTION api.whole_json(json) RETURNS json LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION api.whole_text(text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT length($1)';
CREATE FUNCTION api.whole_xml(xml) RETURNS text LANGUAGE sql IMMUTABLE
  AS $$ SELECT (xpath('/a/text()', $1))[1]::text $$;
CREATE FUNCTION api.whole_bytes(bytea) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT length($1)';
CREATE FUNCTION api.whole_or_not(json DEFAULT '{"by": "default"}') RETURNS json
  LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION api.nameless(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
"""

OVERLOADS = """
CREATE FUNCTION api.pick() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'none' $$;
CREATE FUNCTION api.pick(a int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'a' $$;
CREATE FUNCTION api.pick(a int, b int) RETURNS int[] LANGUAGE sql IMMUTABLE
  AS $$ SELECT ARRAY[a, b] $$;
CREATE FUNCTION api.pick(jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION api.pick(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'text ' || $1 $$;
CREATE FUNCTION api.unclear(v int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT v';
CREATE FUNCTION api.unclear(v char) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT v';
CREATE FUNCTION api.unclear(v api.percent, w int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE
  AS 'SELECT w';
CREATE FUNCTION api.either(json) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION api.either(jsonb) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2';
CREATE FUNCTION archive.greet(name text) RETURNS text LANGUAGE sql IMMUTABLE
  AS $$ SELECT 'Greetings ' || name $$;
CREATE FUNCTION hidden.secret() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 42';
CREATE PROCEDURE api.proceed(a int DEFAULT 1) LANGUAGE sql AS '';
CREATE FUNCTION api.on_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
"""

RESULTS = """
CREATE FUNCTION api."50%"(api.rivers) RETURNS int LANGUAGE sql STABLE
  AS 'SELECT $1.length_km / 2';
CREATE FUNCTION api.all_rivers() RETURNS SETOF api.rivers LANGUAGE sql STABLE
  AS 'SELECT * FROM api.rivers ORDER BY id';
CREATE FUNCTION api.longer_than(id int) RETURNS SETOF api.rivers LANGUAGE sql STABLE
  AS 'SELECT r.* FROM api.rivers AS r WHERE r.length_km > $1 ORDER BY r.id';
CREATE FUNCTION api.plain_rivers() RETURNS SETOF api.rivers LANGUAGE sql STABLE
  AS 'SELECT * FROM api.rivers';
CREATE FUNCTION api.river(i int) RETURNS api.rivers LANGUAGE sql STABLE
  AS 'SELECT * FROM api.rivers WHERE id = i';
CREATE FUNCTION api.river_domain(i int) RETURNS api.one_river LANGUAGE sql STABLE
  AS 'SELECT r::api.one_river FROM api.rivers AS r WHERE id = i';
CREATE FUNCTION api.hidden_soundings() RETURNS SETOF hidden.soundings LANGUAGE sql STABLE
  AS 'SELECT * FROM hidden.soundings ORDER BY id';
CREATE FUNCTION api.names() RETURNS SETOF text LANGUAGE sql STABLE
  AS 'SELECT name FROM api.rivers ORDER BY id';
CREATE FUNCTION api.pairs(n int) RETURNS TABLE (k int, v text) LANGUAGE sql IMMUTABLE
  AS $$ SELECT g, 'v' || g FROM generate_series(1, n) AS g $$;
CREATE FUNCTION api.one_column() RETURNS TABLE (only_one text) LANGUAGE sql IMMUTABLE
  AS $$ SELECT 'x' $$;
CREATE FUNCTION api.out_one(n int, OUT doubled int) LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
CREATE FUNCTION api.out_nameless(OUT int) LANGUAGE sql IMMUTABLE AS 'SELECT 7';
CREATE FUNCTION api.out_two(OUT int, OUT text) LANGUAGE sql IMMUTABLE AS $$ SELECT 1, 'a' $$;
CREATE FUNCTION api.in_out(INOUT n int, OUT word text) LANGUAGE sql IMMUTABLE
  AS $$ SELECT n + 1, 'w' $$;
CREATE FUNCTION api.origin() RETURNS api.point LANGUAGE sql IMMUTABLE
  AS 'SELECT (0, 0)::api.point';
CREATE FUNCTION api.spot_of() RETURNS api.spot LANGUAGE sql IMMUTABLE AS 'SELECT (1, 2)::api.spot';
CREATE FUNCTION api.points() RETURNS SETOF api.point LANGUAGE sql IMMUTABLE
  AS 'VALUES (1, 2), (3, NULL)';
CREATE FUNCTION api.a_record() RETURNS record LANGUAGE sql STABLE
  AS 'SELECT * FROM api.rivers WHERE id = 1';
CREATE FUNCTION api.records() RETURNS SETOF record LANGUAGE sql STABLE
  AS 'SELECT id, name FROM api.rivers ORDER BY id LIMIT 2';
CREATE FUNCTION api.rivers() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 3';
CREATE FUNCTION api.nothing() RETURNS void LANGUAGE sql STABLE AS '';
CREATE FUNCTION api.null_number() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT NULL::int';
CREATE FUNCTION api.a_range() RETURNS int4range LANGUAGE sql IMMUTABLE
  AS $$ SELECT int4range(10, 20) $$;
CREATE FUNCTION api.some_json() RETURNS jsonb LANGUAGE sql IMMUTABLE
  AS $$ SELECT '{"a": null, "b": [1]}'::jsonb $$;
CREATE FUNCTION api.moods() RETURNS SETOF api.mood LANGUAGE sql IMMUTABLE
  AS 'SELECT unnest(enum_range(NULL::api.mood))';
CREATE FUNCTION api.share_of() RETURNS api.percent LANGUAGE sql IMMUTABLE
  AS 'SELECT 7::api.percent';
CREATE FUNCTION api.drain() RETURNS SETOF int LANGUAGE plpgsql STABLE
  AS $$ BEGIN RETURN QUERY SELECT generate_series(1, 5); END $$;
"""

EFFECTS = """
CREATE FUNCTION api.visit(who text) RETURNS SETOF api.visits LANGUAGE sql
  AS 'INSERT INTO api.visits (visitor) VALUES (who), (who) RETURNING *';
CREATE FUNCTION api.visit_quietly(who text) RETURNS void LANGUAGE sql
  AS 'INSERT INTO api.visits (visitor) VALUES (who)';
CREATE FUNCTION api.visit_all(many jsonb) RETURNS int LANGUAGE sql AS $$
  WITH done AS (INSERT INTO api.visits (visitor) SELECT each->>'who'
    FROM jsonb_array_elements(many) AS each RETURNING 1) SELECT count(*)::int FROM done $$;
CREATE FUNCTION api.visit_secretly() RETURNS int LANGUAGE plpgsql STABLE
  AS $$ BEGIN PERFORM api.visit_quietly('sly'); RETURN 1; END $$;
CREATE FUNCTION api.answer(status text, headers text DEFAULT '[]') RETURNS int
  LANGUAGE sql AS $$
  SELECT set_config('response.status', status, true), set_config('response.headers', headers, true);
  SELECT 1 $$;
CREATE FUNCTION api.fail(how text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  CASE how
    WHEN 'plain' THEN RAISE 'I refuse' USING DETAIL = 'because', HINT = 'ask again';
    WHEN 'payment' THEN RAISE SQLSTATE 'PT402' USING MESSAGE = 'Pay', HINT = 'now';
    WHEN 'unnumbered' THEN RAISE SQLSTATE 'PT40A' USING MESSAGE = 'Wrong';
    WHEN 'who' THEN RAISE SQLSTATE 'PT401' USING MESSAGE = 'Who are you';
    WHEN 'whole' THEN RAISE SQLSTATE 'PGRST' USING
      MESSAGE = '{"code":"R1","message":"Dry","details":"no rain","hint":"wait"}',
      DETAIL = '{"status":419,"status_text":"Dried up","headers":{"X-Level":"0","X-Unit":"größe"}}';
    WHEN 'odd' THEN RAISE SQLSTATE 'PGRST' USING
      MESSAGE = '{"code":"R\\n2","message":"Odd"}',
      DETAIL = '{"status":400,"headers":{"A B":"1","X-Two":"a\\r\\nX-Three: b"}}';
    WHEN 'unread' THEN RAISE SQLSTATE 'PGRST' USING MESSAGE = 'Dry';
    WHEN 'assert' THEN ASSERT false;
    WHEN 'privilege' THEN RAISE insufficient_privilege;
    ELSE RAISE SQLSTATE 'P0002';
  END CASE;
END $$;
"""

FUNCTIONS = TABLES + ARGUMENTS + OVERLOADS + RESULTS + EFFECTS
