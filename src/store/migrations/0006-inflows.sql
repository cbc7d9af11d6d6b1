-- Which connector has sent samples of which signal, and in which hours: by it, all that came through one can be found.

CREATE TABLE inflow (connector TEXT NOT NULL, key INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (connector, key)) STRICT;
CREATE INDEX inflow_key ON inflow (key);
