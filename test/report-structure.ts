import assert from "node:assert/strict";

/** What a page is made of: names of elements and attributes, and the texts between them. */
export interface PageStructure {
  readonly tags: string[];
  readonly attributes: string[];
  readonly texts: string[];
}

/** Element and attribute names in a page, by a reading of our own that fails on anything malformed. */
export function structureOf(markup: string): PageStructure {
  const [tags, attributes, texts, open] = [new Set<string>(), new Set<string>(), [] as string[], [] as string[]];
  const body = markup.replace(/<style>[^<]*<\/style>/, "");
  let at = 0;
  for (const match of body.matchAll(/<(\/?)([a-zA-Z0-9]+)((?: [a-zA-Z0-9-]+="[^"<>]*")*)(\/?)>|<!doctype html>/g)) {
    const between = body.slice(at, match.index);
    assert.doesNotMatch(between, /[<>]/, "no bracket outside of a tag");
    texts.push(between);
    at = match.index + match[0].length;
    const [, closing, name, given = "", selfClosing] = match;
    if (name === undefined) continue;
    tags.add(name);
    for (const [, attribute = ""] of given.matchAll(/ ([a-zA-Z0-9-]+)="/g)) attributes.add(attribute);
    if (closing === "/") assert.equal(open.pop(), name, `what </${name}> closes`);
    else if (selfClosing !== "/" && name !== "meta") open.push(name);
  }
  assert.doesNotMatch(body.slice(at), /[<>]/);
  assert.deepEqual(open, [], "everything is closed");
  return { tags: [...tags].toSorted(), attributes: [...attributes].toSorted(), texts };
}

/** Fails unless a page holds no script, no handler and nothing that would be fetched, and says so in its policy. */
export function assertSelfContained(markup: string): void {
  const { tags, attributes } = structureOf(markup);
  for (const tag of ["script", "img", "image", "iframe", "object", "embed", "link", "use", "form", "foreignObject"]) assert.ok(!tags.includes(tag), tag);
  assert.deepEqual(attributes.filter((name) => /^on|^href$|^src|^srcset$|^action$|^xlink/.test(name)), []);
  assert.doesNotMatch(markup, /url\(|@import|https?:/);
  assert.match(markup, /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">/);
}

/** Fails unless every picture has a name and a description, and no id stands twice. Returns how many pictures there are. */
export function assertPicturesNamed(markup: string): number {
  const ids = [...markup.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const [, named = ""] of markup.matchAll(/aria-labelledby="([^"]*)"/g)) for (const id of named.split(" ")) assert.ok(ids.includes(id), id);
  const pictures = markup.match(/<svg class="chart"[^>]*role="img"[^>]*><title id="[^"]*">[^<]+<\/title><desc id="[^"]*">[^<]+<\/desc>/g) ?? [];
  assert.equal(pictures.length, markup.match(/<svg class="chart"/g)?.length ?? 0);
  return pictures.length;
}

/** Names as nobody would wish them: each tries to leave the place where it stands. */
export const hostileNames = [
  `<script>window.hit = 1</script>`,
  `"><img src=x onerror="window.hit=2"><p title="`,
  `' onload='window.hit=3' x='`,
  "</title></svg></style><!--`${1}` a\u202eb\u0007c\u0000&amp;&#60;\ud800",
  "../../etc/passwd\\..\u2028\u200b",
];
