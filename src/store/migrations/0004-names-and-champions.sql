-- Names of people lie in one table that can be erased; everywhere else they go by a pseudonym.

CREATE TABLE person (pseudonym TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

INSERT INTO person
  SELECT 'person-' || upper(hex(randomblob(8))), name FROM (
    SELECT json_extract(body, '$.author') AS name FROM label
    UNION SELECT json_extract(body, '$.by') FROM alarm
    UNION SELECT json_extract(step.value, '$.by') FROM alarm, json_each(alarm.body, '$.history') AS step
  ) WHERE name IS NOT NULL;

UPDATE label SET body = json_set(body, '$.author', (SELECT pseudonym FROM person WHERE name = json_extract(body, '$.author')));

UPDATE alarm SET body = json_set(body, '$.by', (SELECT pseudonym FROM person WHERE name = json_extract(body, '$.by')))
  WHERE json_extract(body, '$.by') IS NOT NULL;
UPDATE alarm SET body = json_set(body, '$.history', (
    SELECT json_group_array(json(CASE WHEN json_extract(step.value, '$.by') IS NULL THEN step.value
      ELSE json_set(step.value, '$.by', (SELECT pseudonym FROM person WHERE name = json_extract(step.value, '$.by'))) END))
    FROM json_each(alarm.body, '$.history') AS step
  )) WHERE json_type(body, '$.history') = 'array';

CREATE INDEX label_author ON label (json_extract(body, '$.author'));

-- A wheel may be left without a model in force: `model` is NULL from then on.
CREATE TABLE champion_now (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  wheel TEXT NOT NULL, model TEXT REFERENCES model (digest), at INTEGER NOT NULL, turn TEXT, reason TEXT NOT NULL
) STRICT;
INSERT INTO champion_now SELECT number, wheel, model, at, turn, reason FROM champion ORDER BY number;
DROP TABLE champion;
ALTER TABLE champion_now RENAME TO champion;
CREATE INDEX champion_wheel ON champion (wheel, number);
