"""A library whose loans have no foreign keys: functions of rows lead from one to the other.

Other functions of rows are fields of them. A second exposed schema, one of the search path
and one that is hidden have functions of the same rows.
"""

from __future__ import annotations

__all__ = ["LIBRARY", "SCHEMAS"]

SCHEMAS = ("lib", "other")

TABLES = """
CREATE SCHEMA lib; CREATE SCHEMA other; CREATE SCHEMA extra; CREATE SCHEMA hidden;
CREATE TABLE lib.authors (id int PRIMARY KEY, name text, born int, secret_hash text);
CREATE TABLE lib.books (
  id int PRIMARY KEY, title text, author_id int REFERENCES lib.authors, about json);
CREATE TABLE lib.loans (book int, reader text, days int, PRIMARY KEY (book, reader));
CREATE TABLE lib.members (id int PRIMARY KEY, name text, password_hash text);
CREATE VIEW lib.old_books AS SELECT id, title, author_id FROM lib.books WHERE id < 3;
INSERT INTO lib.authors VALUES (1, 'Ada', 1900), (2, 'Bo', 1950), (3, 'Cy', NULL);
INSERT INTO lib.books VALUES
  (1, 'One', 1, '{"tags": ["x", "y"]}'), (2, 'Two', 1, NULL), (3, 'Three', 2, '{"tags": []}');
INSERT INTO lib.loans VALUES (1, 'Zoe', 7), (1, 'Yul', 3), (3, 'Zoe', 5);
INSERT INTO lib.members VALUES (1, 'Zoe', 'secret');
"""

RELATIONSHIPS = """
CREATE FUNCTION lib.lent(lib.loans) RETURNS SETOF lib.books ROWS 1 LANGUAGE sql STABLE AS
  'SELECT * FROM lib.books WHERE id = $1.book';
CREATE FUNCTION lib.lent_plain(lib.loans) RETURNS lib.books LANGUAGE sql STABLE AS
  'SELECT * FROM lib.books WHERE id = $1.book';
CREATE FUNCTION lib.loans(lib.books) RETURNS SETOF lib.loans LANGUAGE sql STABLE AS
  'SELECT * FROM lib.loans WHERE book = $1.id';
CREATE FUNCTION lib.loans(lib.authors) RETURNS SETOF lib.loans LANGUAGE sql STABLE AS
  'SELECT l.* FROM lib.loans AS l JOIN lib.books AS b ON b.id = l.book WHERE b.author_id = $1.id';
CREATE FUNCTION lib.loans(lib.old_books) RETURNS SETOF lib.loans LANGUAGE sql STABLE AS
  'SELECT * FROM lib.loans WHERE book = $1.id';
-- Said to be one row, and is not.
CREATE FUNCTION lib.one_loan(lib.books) RETURNS SETOF lib.loans ROWS 1 LANGUAGE sql STABLE AS
  'SELECT * FROM lib.loans WHERE book = $1.id';
-- In the place of what the foreign key says.
CREATE FUNCTION lib.authors(lib.books) RETURNS SETOF lib.authors ROWS 1 LANGUAGE sql STABLE AS
  'SELECT * FROM lib.authors WHERE id = $1.author_id AND born < 1940';
CREATE FUNCTION lib.elders(lib.authors) RETURNS SETOF lib.authors LANGUAGE sql STABLE AS
  'SELECT * FROM lib.authors WHERE born < $1.born';
CREATE FUNCTION other.lent_elsewhere(lib.loans) RETURNS SETOF lib.books LANGUAGE sql STABLE AS
  'SELECT * FROM lib.books';
CREATE FUNCTION lib.all_loans() RETURNS SETOF lib.loans LANGUAGE sql STABLE AS
  'SELECT * FROM lib.loans';
CREATE FUNCTION lib.all_books() RETURNS SETOF lib.books LANGUAGE sql STABLE AS
  'SELECT * FROM lib.books';
"""

FIELDS = """
CREATE FUNCTION lib.shout(lib.books) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.title)';
CREATE FUNCTION lib.shout(lib.authors) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.name)';
CREATE FUNCTION lib.words(lib.books) RETURNS tsvector LANGUAGE sql IMMUTABLE AS
  $$ SELECT to_tsvector('english', $1.title) $$;
CREATE FUNCTION lib.facts(lib.books) RETURNS json LANGUAGE sql STABLE AS
  $$ SELECT json_build_object('size', length($1.title), 'tags', $1.about -> 'tags') $$;
CREATE FUNCTION lib.size(lib.books) RETURNS int LANGUAGE sql STABLE AS 'SELECT length($1.title)';
CREATE FUNCTION lib.initial(lib.members) RETURNS text LANGUAGE sql STABLE AS
  'SELECT left($1.name, 1)';
CREATE FUNCTION extra.longer(lib.books, by int DEFAULT 10) RETURNS int LANGUAGE sql STABLE AS
  'SELECT length($1.title) + by';
CREATE FUNCTION extra.shout(lib.books) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'extra' $$;
CREATE FUNCTION hidden.unseen(lib.books) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION other.unseen_too(lib.books) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
"""

LIBRARY = TABLES + RELATIONSHIPS + FIELDS
