import assert from "node:assert/strict";
import { test } from "node:test";
import { blanked, functionsOf, importsOf } from "./source-text.ts";

test("importsOf() reads every form, tells types apart, and is not taken in by comments and strings", () => {
  const source = [
    'import a, { type B } from "./a.ts";',
    'import type { C } from "./c.ts";',
    'import { type D, type E } from "./d.ts";',
    "import {\n  f,\n  g,\n} from './f.ts';",
    'import "./side.ts";',
    'export { h } from "./h.ts";',
    '// import x from "./comment.ts"',
    '/* import y from "./comment.ts" */',
    "const text = `\nimport z from \"./string.ts\";\n`;",
    'const late = await import("./late.ts");',
    'export const from = "./not-an-import.ts";',
  ].join("\n");
  assert.deepEqual(importsOf(source), [
    { from: "./a.ts", isType: false },
    { from: "./c.ts", isType: true },
    { from: "./d.ts", isType: true },
    { from: "./f.ts", isType: false },
    { from: "./side.ts", isType: false },
    { from: "./h.ts", isType: false },
    { from: "./late.ts", isType: true },
  ]);
});

test("blanked() keeps places and code inside of template holes, and ends strings and patterns where they end", () => {
  const source = 'const a = "{ // no"; // yes {\nconst b = `x ${one({ c: "}" })} {`; const d = /[/"{]\\//.test(a) / 2; /* { */ e();';
  const bare = blanked(source, true);
  assert.equal(bare.length, source.length);
  assert.equal(bare.replaceAll(/ +/g, " "), 'const a = " "; \nconst b = ` ${one({ c: " " })} `; const d = / /.test(a) / 2; e();');
});

test("functionsOf() counts functions, methods and arrows by line, and no classes, branches or objects", () => {
  const source = [
    "export async function one(a: { b: number }): Promise<void> {",
    "  if (a) {",
    "    two(() => {",
    "    });",
    "  }",
    "}",
    "class Three {",
    "  #four<T>(x: T): T {",
    "    return x;",
    "  }",
    "}",
    "const object = {",
    "  five: 5,",
    "};",
    "function six(",
    "  seven: number,",
    "): number {",
    "  return seven;",
    "}",
  ].join("\n");
  const seen = functionsOf(source).map(({ line, lines }) => [line, lines]);
  assert.deepEqual(seen, [[3, 2], [1, 6], [8, 3], [17, 3]]);
});
