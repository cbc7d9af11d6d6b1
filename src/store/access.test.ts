import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { accessOf, covers, isFilter, mayPublish, maySubscribe, type MqttUser, type Settings } from "./access.ts";

/** The settings of a site, in memory. */
function settings(): Settings & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    setting: (name) => kept.get(name) ?? null,
    write(facts) {
      for (const fact of facts) if ("put" in fact && fact.put === "setting") kept.set(fact.value.name, fact.value.text);
    },
  };
}

const none = { publish: [], subscribe: [] };

test("addToken() shows a secret once, and nothing kept would let anybody in", async () => {
  const kept = settings();
  const access = accessOf(kept, { now: () => 5 });
  const secret = await access.addToken("gateway");
  assert.match(secret, /^mr_[A-Za-z0-9_-]{43}$/);
  assert.deepEqual(await access.tokenNamed(secret), { name: "gateway", hash: (await access.tokens())[0]?.hash, createdAt: 5 });
  for (const other of ["", "mr_", secret.slice(1), `${secret}x`, secret.slice(0, -1), secret.toUpperCase(), (await access.tokens())[0]?.hash ?? "?"]) assert.equal(await access.tokenNamed(other), null);
  const text = JSON.stringify([...kept.kept]);
  assert.ok(!text.includes(secret) && !text.includes(secret.slice(3)), "the secret is not in the settings");
  assert.notEqual(await access.addToken("other"), secret);
});

test("a token is named once, and removed for good, also by another process", async () => {
  const kept = settings();
  let now = 0;
  const [site, command] = [accessOf(kept, { now: () => now, maxAge: 2_000_000 }), accessOf(kept, { maxAge: 0 })];
  const secret = await command.addToken("gateway");
  await assert.rejects(command.addToken("gateway"), { code: "store.name-taken" });
  for (const name of ["", " x", "a\nb", "x".repeat(61), "<b>", "../x"]) await assert.rejects(command.addToken(name), { code: "store.bad-name" });
  assert.notEqual(await site.tokenNamed(secret), null);
  await command.removeToken("gateway");
  await assert.rejects(command.removeToken("gateway"), { code: "store.unknown-name" });
  now += 2_000_001;
  assert.equal(await site.tokenNamed(secret), null);
});

test("tokens() tells when each was last used, to the minute", async () => {
  const kept = settings();
  let now = 1_000_000;
  let writes = 0;
  const counted: Settings = { ...kept, write: (facts) => (writes++, kept.write(facts)) };
  const access = accessOf(counted, { now: () => now, maxAge: 0 });
  const secret = await access.addToken("gateway");
  assert.equal((await access.tokens())[0]?.lastUsed, null);
  for (let i = 0; i < 100; i++) await access.tokenNamed(secret);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([(await access.tokens())[0]?.lastUsed, writes], [1_000_000, 2]);
  now += 60_000_001;
  await access.tokenNamed(secret);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await access.tokens())[0]?.lastUsed, now);
});

test("a token works when its use cannot be noted, the disk being full for instance", async () => {
  const kept = settings();
  const secret = await accessOf(kept).addToken("gateway");
  const access = accessOf({ ...kept, write: () => Promise.reject(new Error("full")) });
  assert.notEqual(await access.tokenNamed(secret), null);
});

test("verify() knows a user by the password, and nobody else, in about the same time", async () => {
  const kept = settings();
  const access = accessOf(kept, { maxAge: 0 });
  const rights = { publish: ["plant/line-1/#"], subscribe: ["plant/+/alarms"] };
  await access.addUser("plc", "correct horse", rights);
  assert.deepEqual((await access.verify("plc", "correct horse"))?.rights, rights);
  assert.ok(![...kept.kept.values()].some((text) => text.includes("correct horse")));
  const elapsed = async (name: string, password: string): Promise<number> => {
    const before = performance.now();
    assert.equal(await access.verify(name, password), null);
    return performance.now() - before;
  };
  const [wrong, unknown] = [await elapsed("plc", "wrong horse"), await elapsed("nobody", "correct horse")];
  assert.ok(unknown > wrong / 4 && wrong > unknown / 4, `${wrong} ms and ${unknown} ms`);
  for (const password of ["", "correct horse ", "x".repeat(1000)]) assert.equal(await access.verify("plc", password), null);
  await assert.rejects(access.addUser("plc", "another one", none), { code: "store.name-taken" });
  await assert.rejects(access.addUser("short", "1234567", none), { code: "store.bad-password" });
  await assert.rejects(access.addUser("odd", "long enough", { ...none, publish: ["a/#/b"] }), { code: "store.bad-topic" });
  await access.removeUser("plc");
  assert.equal(await access.verify("plc", "correct horse"), null, "a password that was right is forgotten with its user");
});

test("verify() lets devices that all come back at once in without the work each, and refuses a flood", async () => {
  const access = accessOf(settings(), { maxAge: 0 });
  await access.addUser("plc", "correct horse", none);
  await access.verify("plc", "correct horse");
  const before = performance.now();
  for (let i = 0; i < 100; i++) assert.notEqual(await access.verify("plc", "correct horse"), null);
  assert.ok(performance.now() - before < 500);
});

test("covers() follows the wildcards of MQTT", () => {
  const cases: readonly (readonly [right: string, filter: string, covered: boolean])[] = [
    ["a/b", "a/b", true],
    ["a/b", "a/c", false],
    ["a/b", "a", false],
    ["a", "a/b", false],
    ["a/+", "a/b", true],
    ["a/+", "a/+", true],
    ["a/+", "a/#", false],
    ["a/+", "a", false],
    ["a/+", "a/b/c", false],
    ["a/b", "a/+", false],
    ["a/#", "a/b/c", true],
    ["a/#", "a", true],
    ["a/#", "a/#", true],
    ["a/#", "a/+/c", true],
    ["a/#", "#", false],
    ["a/#", "+/b", false],
    ["+/#", "a", true],
    ["+/#", "a/b", true],
    ["#", "a/b", true],
    ["#", "#", true],
    ["#", "$SYS/x", false],
    ["+/x", "$SYS/x", false],
    ["$SYS/#", "$SYS/x", true],
    ["a//b", "a//b", true],
    ["a/+/b", "a//b", true],
    ["+", "/", false],
    ["+/+", "/", true],
  ];
  for (const [right, filter, covered] of cases) assert.equal(covers(right, filter), covered, `${right} covers ${filter}`);
});

/** Whether a topic matches a filter, after MQTT 3.1.1, section 4.7: the naive twin. */
function matches(filter: string, topic: string): boolean {
  const [levels, names] = [filter.split("/"), topic.split("/")];
  if (/^[#+]/.test(filter) && topic.startsWith("$")) return false;
  const go = (at: number): boolean => {
    if (levels[at] === "#") return true;
    if (at === levels.length) return at === names.length;
    if (at === names.length) return levels[at] === "#";
    return (levels[at] === "+" || levels[at] === names[at]) && go(at + 1);
  };
  return go(0) || (levels.at(-1) === "#" && matches(levels.slice(0, -1).join("/"), topic) && levels.length > 1);
}

const level = fc.constantFrom("a", "b", "", "+", "$x");
const filter = fc.tuple(fc.array(level, { minLength: 1, maxLength: 3 }), fc.boolean()).map(([levels, rest]) => [...levels, ...(rest ? ["#"] : [])].join("/"));
const topic = fc.array(fc.constantFrom("a", "b", "", "$x"), { minLength: 1, maxLength: 4 }).map((levels) => levels.join("/"));

test("covers() is never wider than matching: what a covered filter matches, the right matches", () => {
  fc.assert(
    fc.property(filter, filter, topic, (right, narrow, name) => {
      if (covers(right, narrow) && matches(narrow, name)) assert.ok(matches(right, name), `${right} covers ${narrow}, which matches ${name}`);
    }),
    { numRuns: 3000 },
  );
  fc.assert(fc.property(filter, topic, (right, name) => name === "" || covers(right, name) === matches(right, name)), { numRuns: 3000 });
});

test("mayPublish() and maySubscribe() ask the user's rights, and refuse what is no topic", () => {
  const user: MqttUser = { name: "plc", password: "", createdAt: 0, rights: { publish: ["plant/line-1/#"], subscribe: ["plant/+/alarms"] } };
  assert.ok(mayPublish(user, "plant/line-1/pump/flow"));
  assert.ok(maySubscribe(user, "plant/line-1/alarms") && maySubscribe(user, "plant/+/alarms"));
  for (const name of ["plant/line-2/pump/flow", "plant", "", "plant/line-1/#", "plant/line-1/+", "plant/line-1/\0", "$SYS/x"]) assert.ok(!mayPublish(user, name), name);
  for (const name of ["plant/#", "#", "plant/line-1/pump", "plant/+/alarms/#", "", "plant/a#/alarms", "$share/group/plant/line-1/alarms"]) assert.ok(!maySubscribe(user, name), name);
});

test("isFilter() knows what MQTT calls a topic filter", () => {
  for (const good of ["a", "/", "a/b", "#", "+", "a/+/b", "a/#", "+/+/#", "$SYS/#", " ", "é"]) assert.ok(isFilter(good), good);
  for (const bad of ["", "a#", "a/#/b", "a+", "a/b+/c", "#/a", "a\0", "x".repeat(65_536)]) assert.ok(!isFilter(bad), bad.slice(0, 10));
});
