-- Lines of the ledger are found by what they are about, without reading all.

CREATE INDEX ledger_kind ON ledger (json_extract(body, '$.kind'), number);
CREATE INDEX ledger_turn ON ledger (json_extract(body, '$.turn'));
