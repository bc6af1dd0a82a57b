-- A database that is not ours: every odd thing that SQLite allows and that somebody's
-- file therefore has. For sqlite3's executescript; needs FTS5, as Python's has.

PRAGMA foreign_keys = OFF;

-- Types -------------------------------------------------------------------------------

CREATE TABLE every_type (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    a_boolean BOOLEAN,
    a_bool BOOL NOT NULL DEFAULT TRUE,
    a_smallint SMALLINT,
    an_int INT,
    a_bigint BIGINT,
    an_unsigned UNSIGNED BIG INT,
    a_numeric NUMERIC,
    a_price NUMERIC(14,2),
    a_decimal DECIMAL(10, 5),
    a_real REAL,
    a_double DOUBLE PRECISION,
    a_float FLOAT,
    a_text TEXT,
    a_varchar VARCHAR(40),
    a_char CHARACTER ( 3 ),
    a_nvarchar NVARCHAR(100),
    a_clob CLOB,
    a_date DATE,
    a_time TIME,
    a_datetime DATETIME,
    a_timestamp TIMESTAMP,
    a_timestamptz TIMESTAMP WITH TIME ZONE,
    another_timestamptz TIMESTAMPTZ,
    an_interval INTERVAL,
    a_uuid UUID,
    a_json JSON,
    a_jsonb JSONB,
    a_blob BLOB,
    an_any ANY,
    undeclared,
    "a made-up type" "strange type",
    a_mood VARCHAR(8) CHECK (a_mood IN ('sad', 'ok', 'it''s', '')),
    a_state TEXT DEFAULT 'new' CONSTRAINT "known state" CHECK ("a_state" IS NULL OR ("a_state" IN ('new', 'paid, late'))),
    a_number TEXT CHECK (a_number IN ('1', 2)),
    a_default_time TEXT DEFAULT CURRENT_TIMESTAMP,
    an_expression_default INTEGER DEFAULT (abs(-5) + length('(')),
    a_nocase TEXT COLLATE NOCASE
);
INSERT INTO every_type (id) VALUES (1);
INSERT INTO every_type VALUES (
    2, 1, 0, -32768, 2147483648, 9223372036854775807, -9223372036854775808,
    1e400, 999999999999.99, '-0.00001', -1e400, 1.7976931348623157e308, 5e-324,
    'quotes '' " `, backslash \, emoji 🧪, é' || char(9, 10, 8232), '', 'ü', '𝒳', 'clob',
    '9999-12-31', '23:59:59.999999', '0001-01-01 00:00:00', '2024-02-29T12:00:00', '2024-02-29 12:00:00+05:30',
    '1969-12-31T23:59:59Z', 'P1Y', '00000000-0000-0000-0000-000000000000', '{"a":[1.10,null,"\u00fc"]}', 'null',
    x'00ff5c', x'00', 3.5, 'strange', 'it''s', 'paid, late', '1', '', 0, 'ABC'
);
INSERT INTO every_type (id, a_boolean, an_int, a_date, a_json, undeclared, a_text)
VALUES (3, 'maybe', 'not a number', 20240229, 'not json', x'ff', 42);

-- Names -------------------------------------------------------------------------------

CREATE TABLE "order" (
    "select" INTEGER PRIMARY KEY,
    "order" TEXT DEFAULT 'desc',
    [limit] INTEGER,
    `offset` INTEGER,
    "and" TEXT,
    "or" TEXT,
    "not" BOOLEAN,
    "columns" JSON,
    "on_conflict" TEXT,
    "is" TEXT,
    "in" INTEGER REFERENCES "order" ("select"),
    "*" TEXT,
    "count" INTEGER,
    "null" TEXT
);
INSERT INTO "order" VALUES
    (1, 'asc', 2, 3, 'and', 'or', 0, '["id"]', 'x', 'null', NULL, 'star', 4, 'NULL'),
    (2, NULL, NULL, NULL, '', '(a,b)', NULL, NULL, NULL, NULL, 1, NULL, NULL, NULL);

CREATE TABLE "Mixed Case" ( -- a comment with ) and 'quote
    "Id" integer primary key, /* another, with ( and " */
    "A b" TEXT,
    " leading" TEXT,
    "trailing " TEXT,
    "dot.ted" TEXT,
    "com,ma" TEXT,
    "colon:ed" TEXT,
    "par(en)s" TEXT CHECK ("par(en)s" <> ')'),
    "quote""d" TEXT,
    "it's" TEXT,
    "back\slash" TEXT,
    "per%cent %s %(x)s" TEXT,
    "que?ry&=#+;" TEXT,
    "sla/sh" TEXT,
    "-> 'arrow'" TEXT,
    "!bang" TEXT,
    "$1" TEXT,
    "{brace}" TEXT,
    [brack"et] TEXT,
    `back``tick` TEXT,
    "1st" INTEGER,
    "naïve 名前 🧪" TEXT,
    unquoted_ünïcode TEXT,
    "check" TEXT,
    "unique" TEXT,
    "Größe und Maß: der Name hat exakt dreiundsechzig Bytes (63)!" TEXT
);
INSERT INTO "Mixed Case" ("A b", "dot.ted", "quote""d", "per%cent %s %(x)s", "naïve 名前 🧪")
VALUES ('A', '.', '"', '%', 'é'), ('', 'a.b', '""', '%%', NULL);

CREATE TABLE "we""ird.na'me %s, (50%) \ /?&#:;🧪" (
    "key.one" INTEGER,
    "key,two" TEXT,
    value TEXT,
    CONSTRAINT "pk ""weird"" %" PRIMARY KEY ("key.one", "key,two")
);
INSERT INTO "we""ird.na'me %s, (50%) \ /?&#:;🧪" VALUES (1, 'a,b', 'x'), (2, 'a"b', NULL), (3, '', '');

CREATE TABLE "таблица с именем длиной ровно 63 ба." ("колонка" TEXT UNIQUE, id BIGINT PRIMARY KEY);
INSERT INTO "таблица с именем длиной ровно 63 ба." VALUES ('строка', 9223372036854775807), (NULL, 1);

CREATE TABLE health (id INTEGER PRIMARY KEY, docs TEXT);
CREATE TABLE rpc (id INTEGER PRIMARY KEY);
CREATE TABLE "1" (id INTEGER PRIMARY KEY);
CREATE TABLE " " (" " TEXT);
INSERT INTO health VALUES (1, 'fine');
INSERT INTO rpc VALUES (1);
INSERT INTO "1" VALUES (1);
INSERT INTO " " VALUES (' '), (NULL);

-- Keys --------------------------------------------------------------------------------

CREATE TABLE keyless (a INTEGER, b TEXT);
INSERT INTO keyless VALUES (1, 'x'), (1, 'x'), (NULL, NULL);

CREATE TABLE text_key (code VARCHAR(4) PRIMARY KEY, a INT);
CREATE TABLE descending_key (id INTEGER PRIMARY KEY DESC);
CREATE TABLE without_rowid (id INTEGER PRIMARY KEY, b TEXT) WITHOUT ROWID;
CREATE TABLE strict_table (id INTEGER PRIMARY KEY, anything ANY, word TEXT NOT NULL) STRICT;
INSERT INTO text_key VALUES ('a', 1), ('A', 2);
INSERT INTO descending_key VALUES (1);
INSERT INTO without_rowid VALUES (5, 'five');
INSERT INTO strict_table VALUES (1, x'00', 'w'), (2, 2, '');

CREATE TABLE people (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL CHECK (name <> ''),
    manager_id INTEGER REFERENCES people ON DELETE SET NULL,
    mentor_id INTEGER CONSTRAINT "mentored by" REFERENCES People (ID) ON UPDATE CASCADE,
    born DATE,
    CONSTRAINT "no own manager" CHECK (manager_id <> id) CHECK (mentor_id <> id)
);
INSERT INTO people VALUES
    (1, 'Ada', NULL, NULL, '1815-12-10'), (2, 'Bob', 1, NULL, NULL), (3, 'Çelik "Ç" O''Neil', 1, 2, '0001-01-01');

CREATE TABLE passports (number CHAR(9) PRIMARY KEY, person_id INTEGER NOT NULL UNIQUE REFERENCES people);
INSERT INTO passports VALUES ('C01X0006H', 1), ('short', 2);

CREATE TABLE matches (
    id INTEGER PRIMARY KEY,
    home_id INTEGER NOT NULL REFERENCES people,
    away_id INTEGER NOT NULL REFERENCES people,
    referee_id INTEGER,
    FOREIGN KEY (referee_id) REFERENCES people (id)
);
INSERT INTO matches VALUES (1, 1, 2, 3), (2, 2, 1, NULL);

CREATE TABLE order_lines (
    order_id INTEGER REFERENCES "order" ON DELETE CASCADE,
    line INTEGER,
    quantity NUMERIC(8, 3) NOT NULL DEFAULT 1,
    price NUMERIC(14, 2) NOT NULL,
    total NUMERIC GENERATED ALWAYS AS (quantity * price) STORED,
    half AS (quantity / 2.0) VIRTUAL,
    PRIMARY KEY (order_id, line)
);
INSERT INTO order_lines (order_id, line, quantity, price) VALUES (1, 1, 2, 9.99), (1, 2, 0.125, 100), (2, 1, 1, 0);

CREATE TABLE shipments (
    id UUID PRIMARY KEY,
    parcel_line INTEGER,
    parcel_order INTEGER,
    CONSTRAINT "for a line" FOREIGN KEY (parcel_order, parcel_line) REFERENCES order_lines (order_id, line)
);
INSERT INTO shipments VALUES ('11111111-1111-1111-1111-111111111111', 2, 1),
    ('22222222-2222-2222-2222-222222222222', NULL, NULL);

CREATE TABLE parcels (
    id INTEGER PRIMARY KEY,
    a INTEGER,
    b INTEGER,
    FOREIGN KEY (a, b) REFERENCES order_lines
);
INSERT INTO parcels VALUES (1, 1, 1);

CREATE TABLE courses (code VARCHAR(8) PRIMARY KEY, title TEXT NOT NULL);
CREATE TABLE enrolments (
    person_id INTEGER REFERENCES people,
    course_code VARCHAR(8) REFERENCES courses ON UPDATE CASCADE,
    grade NUMERIC(3, 1),
    PRIMARY KEY (person_id, course_code)
) WITHOUT ROWID;
INSERT INTO courses VALUES ('C1', 'Poisons'), ('C2', 'Antidotes'), ('C3', '');
INSERT INTO enrolments VALUES (1, 'C1', 10), (1, 'C2', NULL), (2, 'C1', 0);

CREATE TABLE dangling (
    id INTEGER PRIMARY KEY,
    a INTEGER REFERENCES no_such_table,
    b INTEGER REFERENCES people (no_such_column),
    c INTEGER REFERENCES keyless
);
INSERT INTO dangling VALUES (1, 1, 1, 1);

CREATE TABLE uniques (
    a INTEGER CONSTRAINT "unique a" UNIQUE ON CONFLICT IGNORE,
    b VARCHAR(40) UNIQUE,
    c TEXT,
    d TEXT,
    CONSTRAINT "unique pair" UNIQUE (c, d COLLATE NOCASE)
);
CREATE UNIQUE INDEX uniques_by_index ON uniques (c, b DESC);
CREATE UNIQUE INDEX uniques_with_condition ON uniques (d) WHERE b IS NULL;
CREATE UNIQUE INDEX uniques_of_expression ON uniques (lower(b), a);
CREATE INDEX "uniques plain" ON uniques (d, lower(c));
INSERT INTO uniques VALUES (1, 'x', 'y', 'z'), (2, NULL, NULL, NULL);

-- Views --------------------------------------------------------------------------------

CREATE VIEW adults AS SELECT id, name, manager_id AS boss_id, born FROM people WHERE born < '2006-01-01';
CREATE VIEW named_adults (adult_id, "boss id", shout) AS SELECT a.id, a.boss_id, upper(name) FROM adults AS a;
CREATE VIEW everybody AS SELECT * FROM people;
CREATE VIEW line_details AS
    SELECT held.order_id, held.line, held.total, parent."order" AS direction, "and"
    FROM order_lines AS held JOIN "order" parent ON parent."select" = held.order_id;
CREATE VIEW states AS SELECT id, a_state FROM every_type;
CREATE VIEW people_and_courses AS SELECT name AS text, id AS "key" FROM people UNION ALL SELECT title, code FROM courses;
CREATE VIEW enrolment_counts AS
    SELECT course_code, count(*) AS people, avg(grade) FROM enrolments GROUP BY course_code;
CREATE VIEW nested AS SELECT id FROM (SELECT id, name FROM people);
CREATE VIEW chain_of_command AS WITH RECURSIVE chain (id, depth) AS (
    SELECT id, 0 FROM people WHERE manager_id IS NULL
    UNION ALL SELECT people.id, depth + 1 FROM people JOIN chain ON manager_id = chain.id
) SELECT id, depth FROM chain;
CREATE VIEW constants AS SELECT 1 AS one, NULL AS "nothing", 'text' AS word, x'00' AS bytes;
CREATE VIEW "odd ""view"" FROM %" AS SELECT "key.one" AS "k, FROM ""x""", [key,two] FROM "we""ird.na'me %s, (50%) \ /?&#:;🧪";

CREATE TRIGGER insert_adult INSTEAD OF INSERT ON adults BEGIN
    INSERT INTO people (id, name, manager_id, born) VALUES (NEW.id, NEW.name, NEW.boss_id, NEW.born);
END;
CREATE TRIGGER rename_adult INSTEAD OF UPDATE OF name ON adults BEGIN
    UPDATE people SET name = NEW.name WHERE id = OLD.id;
END;
CREATE TRIGGER on_people AFTER DELETE ON people BEGIN
    SELECT 'not INSTEAD OF INSERT';
END;

CREATE TABLE gone (id INTEGER PRIMARY KEY);
CREATE VIEW broken AS SELECT id FROM gone;
DROP TABLE gone;

-- Virtual tables -------------------------------------------------------------------------

CREATE VIRTUAL TABLE documents USING fts5(title, body);
INSERT INTO documents VALUES ('first', 'a fat cat'), ('second', 'a rat');

CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
INSERT INTO alembic_version VALUES ('0001');
