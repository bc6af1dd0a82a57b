-- The library's rows, as each test finds them.

DELETE FROM books; DELETE FROM authors; DELETE FROM genres; DELETE FROM notes; DELETE FROM archive.books;
INSERT INTO authors (id, name, country) VALUES
  (1, 'Amara Obi', 'NG'), (2, 'Bo Lind', 'SE'), (3, 'Chen, Wei', NULL);
INSERT INTO books (id, title, author_id, price, pages, lent, published, tags, ages, extra) VALUES
  (1, 'The Quiet River', 1, 12.50, 310, false, '2019-04-01', '{river,calm}', '[8,12]',
    '{"isbn": "111", "sizes": {"w": 10, "h": 20}}'),
  (2, 'Rivers and Rain', 1, 8.00, 120, true, '2021-09-15', '{river,rain}', '[12,18]',
    '{"isbn": "222"}'),
  (3, 'Ice (and Fire)', 2, 20.00, 500, NULL, '2023-01-30', '{cold}', '[18,)', NULL),
  (4, 'Untitled, "Draft"', NULL, 0.00, NULL, false, NULL, '{}', NULL, NULL);
INSERT INTO genres (id, label) VALUES (1, 'novel'), (2, 'travel'), (3, 'unused');
INSERT INTO book_genres (book_id, genre_id) VALUES (1, 1), (1, 2), (3, 1);
INSERT INTO copies (book_id, number, shelf) VALUES
  (1, 1, 'A'), (1, 2, 'B'), (2, 1, 'A'), (3, 1, NULL);
INSERT INTO notes (id, owner, body) VALUES (1, 'ada', 'mine'), (2, 'bob', 'not hers');
INSERT INTO archive.books (id, title, burnt) VALUES (1, 'Ashes', '1871-05-01'), (2, 'Cinders', NULL);
SELECT setval(pg_get_serial_sequence(name, 'id'), 100)
  FROM unnest(ARRAY['authors', 'books', 'notes']) AS name;
