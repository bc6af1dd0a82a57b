-- What generated Python stumbles over, beyond tests/nasty.

CREATE TYPE state AS ENUM ('on', 'off', 'None', 'class', E'line\nend', 'quote''"');

CREATE SCHEMA shop;
CREATE TYPE shop.state AS ENUM ('open', 'shut');
CREATE TYPE shop.folders AS ENUM ('a');
CREATE DOMAIN shop.label AS varchar(5) DEFAULT 'none';

-- Columns named like what the module imports, defines, annotates with or inherits.
CREATE TABLE "metadata" (
  id integer PRIMARY KEY,
  metadata text DEFAULT 'it''s :colon and ::cast and "quotes" \ back',
  registry text,
  query text,
  text text,
  datetime timestamp DEFAULT '2020-01-01 12:30:59',
  "date" date,
  decimal numeric,
  uuid uuid,
  int integer,
  str text,
  list integer[],
  dict jsonb,
  bool boolean,
  float double precision,
  bytes bytea,
  "Any" text,
  "Mapped" text,
  "Base" text,
  "Integer" text,
  "Optional" text,
  mapped_column text,
  relationship text,
  self text,
  cls text,
  class text,
  "None" text,
  import text,
  annotations text,
  type text,
  json json,
  copy text,
  model_config text,
  model_dump text,
  schema text,
  _id text,
  __private text,
  __tablename__ text,
  __mapper__ text,
  _sa_registry text,
  "DateTime" text,
  "lateral" text,
  "tablesample" text,
  "ﬁne" text
);
COMMENT ON TABLE "metadata" IS E'"""triple""" ''''''single'''''' \\ back \\n {braces} %s';
COMMENT ON COLUMN "metadata".metadata IS E'"""\nsecond line\\';

-- Tables named like classes of the module.
CREATE TABLE "base" (id integer PRIMARY KEY);
CREATE TABLE "integer" (id integer PRIMARY KEY);
CREATE TABLE "date" (id integer PRIMARY KEY, day date);
CREATE TABLE "text" (id integer PRIMARY KEY, body text);
CREATE TABLE "enum" (id integer PRIMARY KEY, state state NOT NULL DEFAULT 'on');
CREATE TABLE "error" (id integer PRIMARY KEY);
CREATE TABLE "relationship" (id integer PRIMARY KEY, base_id integer REFERENCES "base");
CREATE TABLE "lateral" (id integer PRIMARY KEY, word text);
CREATE TABLE batches (id integer PRIMARY KEY, kind shop.folders);
CREATE TABLE "two words" (id integer PRIMARY KEY, "dotted.name" text UNIQUE);
CREATE TABLE two_words (id integer PRIMARY KEY, "two words" text REFERENCES "two words" ("dotted.name"));
CREATE TABLE "Two-Words" (id integer PRIMARY KEY);

-- Keys that share columns, that refer to themselves, to what is no primary key, to two tables.
CREATE TABLE tenants (id integer PRIMARY KEY, code text NOT NULL UNIQUE);
CREATE TABLE folders (
  tenant_id integer REFERENCES tenants,
  id integer,
  parent_id integer,
  name text,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES folders (tenant_id, id)
);
CREATE TABLE documents (
  id integer PRIMARY KEY,
  tenant_id integer REFERENCES tenants,
  tenant_code text REFERENCES tenants (code),
  folder_id integer,
  home_id integer,
  FOREIGN KEY (tenant_id, folder_id) REFERENCES folders (tenant_id, id),
  FOREIGN KEY (tenant_id, home_id) REFERENCES folders (tenant_id, id)
);
CREATE TABLE pages (id integer PRIMARY KEY REFERENCES documents REFERENCES tenants);
CREATE TABLE tree (id integer PRIMARY KEY, parent integer REFERENCES tree, tree integer UNIQUE REFERENCES tree);

-- Another schema, with tables and types of the same names, and keys across.
CREATE TABLE shop.batches (
  id integer PRIMARY KEY,
  state shop.state NOT NULL DEFAULT 'open',
  label shop.label,
  batch_id integer REFERENCES public.batches,
  tenant_id integer REFERENCES tenants
);
CREATE TABLE shop.tenants (id integer PRIMARY KEY, owner_id integer REFERENCES public.tenants);

INSERT INTO "metadata" (id, class, "lateral", list) VALUES (1, 'x', 'word', '{1,2}');
INSERT INTO "lateral" VALUES (1, 'w');
INSERT INTO tenants VALUES (1, 'T'), (2, 'U');
INSERT INTO folders VALUES (1, 1, NULL, 'root'), (1, 2, 1, 'leaf'), (2, 1, NULL, 'other');
INSERT INTO documents VALUES (1, 1, 'T', 2, 1);
INSERT INTO "enum" VALUES (1, 'quote''"'), (2, E'line\nend');
INSERT INTO batches VALUES (1, NULL);
INSERT INTO shop.batches (id, batch_id, tenant_id) VALUES (1, 1, 1);
INSERT INTO tree VALUES (1, NULL, NULL), (2, 1, 1), (3, 1, 2);

-- Types of extensions, and one that nobody knows.
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE EXTENSION IF NOT EXISTS ltree;
CREATE TABLE extended (
  id integer PRIMARY KEY,
  name citext,
  settings hstore,
  path ltree,
  names citext[],
  places shop.label[],
  price money,
  spent interval,
  during tstzrange,
  address inet,
  mask bit varying(3),
  page xml,
  words tsvector
);
INSERT INTO extended VALUES (1, 'Ünï', 'a=>1,b=>NULL', 'top.science', '{a,b}', '{x}', 2.5,
  '1 day 02:00', '[2024-01-01 00:00+00,)', '10.0.0.1/8', B'101', '<a/>', 'fat:2 cat');
