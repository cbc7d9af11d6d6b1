// What tsc leaves behind: the SQL of the migrations.
import { cpSync } from "node:fs";

cpSync("src/store/migrations", "dist/store/migrations", { recursive: true });
