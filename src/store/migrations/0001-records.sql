-- Everything a site knows except samples and files. `body` is the record as canonical JSON;
-- the other columns repeat what queries need. Of a record with revisions, `newest` marks one.

CREATE TABLE setting (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;

CREATE TABLE site (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE asset (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;

CREATE TABLE part (id TEXT PRIMARY KEY, serial TEXT NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX part_serial ON part (serial);

CREATE TABLE signal (
  id TEXT NOT NULL, revision INTEGER NOT NULL, newest INTEGER NOT NULL DEFAULT 0,
  asset TEXT NOT NULL, key INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (id, revision)
) STRICT;
CREATE INDEX signal_newest ON signal (asset, id) WHERE newest = 1;
CREATE UNIQUE INDEX signal_key ON signal (key) WHERE newest = 1;

CREATE TABLE wheel (
  id TEXT NOT NULL, revision INTEGER NOT NULL, newest INTEGER NOT NULL DEFAULT 0,
  asset TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (id, revision)
) STRICT;

CREATE TABLE baseline (
  id TEXT NOT NULL, revision INTEGER NOT NULL, newest INTEGER NOT NULL DEFAULT 0,
  asset TEXT NOT NULL, regime TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (id, revision)
) STRICT;
CREATE INDEX baseline_newest ON baseline (asset, regime) WHERE newest = 1;

-- Blocks, labels and events from `start` up to but not including `end`, in microseconds UTC.
CREATE TABLE block (
  id TEXT NOT NULL, revision INTEGER NOT NULL, newest INTEGER NOT NULL DEFAULT 0,
  asset TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, sequence INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (id, revision)
) STRICT;
CREATE INDEX block_newest ON block (asset, start) WHERE newest = 1;
CREATE INDEX block_sequence ON block (sequence);

CREATE TABLE label (
  id TEXT NOT NULL, revision INTEGER NOT NULL, newest INTEGER NOT NULL DEFAULT 0,
  asset TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, withdrawn INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (id, revision)
) STRICT;
CREATE INDEX label_newest ON label (asset, start) WHERE newest = 1;

CREATE TABLE event (
  id TEXT PRIMARY KEY, asset TEXT NOT NULL, wheel TEXT NOT NULL, block TEXT NOT NULL,
  start INTEGER NOT NULL, "end" INTEGER, body TEXT NOT NULL
) STRICT;
CREATE INDEX event_wheel ON event (wheel, block);
CREATE INDEX event_start ON event (start);

CREATE TABLE alarm (id TEXT PRIMARY KEY, event TEXT NOT NULL, state TEXT NOT NULL, since INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX alarm_since ON alarm (since);

CREATE TABLE model (digest TEXT PRIMARY KEY, wheel TEXT NOT NULL, created_at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX model_wheel ON model (wheel, created_at);

-- The champion of a wheel is its last row; moving it back is one more row.
CREATE TABLE champion (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  wheel TEXT NOT NULL, model TEXT NOT NULL REFERENCES model (digest), at INTEGER NOT NULL, turn TEXT, reason TEXT NOT NULL
) STRICT;
CREATE INDEX champion_wheel ON champion (wheel, number);

CREATE TABLE turn (id TEXT PRIMARY KEY, wheel TEXT NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX turn_wheel ON turn (wheel, number);

-- `subject` is the recipe or the model that was judged, by `evidence`.
CREATE TABLE loss (
  wheel TEXT NOT NULL, evidence TEXT NOT NULL, subject TEXT NOT NULL, block TEXT NOT NULL,
  recipe TEXT NOT NULL, model TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (wheel, evidence, subject, block)
) STRICT;

-- `scores` are float32, little-endian, one for each tick from `start` every `period`; NaN is unknown.
CREATE TABLE judged (
  wheel TEXT NOT NULL, block TEXT NOT NULL, role TEXT NOT NULL, subject TEXT NOT NULL,
  block_revision INTEGER NOT NULL, model TEXT NOT NULL, recipe TEXT NOT NULL,
  start INTEGER NOT NULL, period INTEGER NOT NULL, at INTEGER NOT NULL, scores BLOB NOT NULL,
  PRIMARY KEY (wheel, block, role, subject)
) STRICT;

CREATE TABLE sum (
  name TEXT PRIMARY KEY, wheel TEXT NOT NULL, map_digest TEXT NOT NULL,
  block TEXT NOT NULL, block_revision INTEGER NOT NULL, labels_digest TEXT NOT NULL, bytes BLOB NOT NULL
) STRICT;
CREATE INDEX sum_wheel ON sum (wheel, map_digest, block);

-- Inner nodes of the tree of sums.
CREATE TABLE node (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;

CREATE TABLE ledger (number INTEGER PRIMARY KEY, hash TEXT NOT NULL, body TEXT NOT NULL) STRICT;
