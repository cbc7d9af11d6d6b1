-- What is asked of operators, in all revisions. `label` is the one that answered it first.

CREATE TABLE question (
  id TEXT NOT NULL, revision INTEGER NOT NULL, newest INTEGER NOT NULL DEFAULT 0,
  wheel TEXT NOT NULL, reason TEXT NOT NULL, state TEXT NOT NULL, asked_at INTEGER NOT NULL,
  start INTEGER NOT NULL, "end" INTEGER NOT NULL, label TEXT, body TEXT NOT NULL,
  PRIMARY KEY (id, revision)
) STRICT;
CREATE INDEX question_state ON question (state, asked_at) WHERE newest = 1;
CREATE INDEX question_wheel ON question (wheel, start) WHERE newest = 1;
CREATE INDEX question_label ON question (label) WHERE newest = 1;
