-- What has come since a moment, and what a stretch of time holds, is found without reading all there is.

CREATE INDEX block_created ON block (asset, json_extract(body, '$.createdAt')) WHERE newest = 1;
CREATE INDEX block_length ON block (asset, "end" - start) WHERE newest = 1;
CREATE INDEX label_known ON label (asset, json_extract(body, '$.knownAt')) WHERE newest = 1 AND withdrawn = 0;
CREATE INDEX label_length ON label (asset, "end" - start) WHERE newest = 1;
CREATE INDEX loss_block ON loss (wheel, evidence, block);
CREATE INDEX model_recipe ON model (wheel, json_extract(body, '$.recipe.name'), created_at);
