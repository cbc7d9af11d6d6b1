import assert from "node:assert/strict";
import { test } from "node:test";
import { AllowList } from "./allow-list.ts";

const list = new AllowList(["mes.plant.local", "*.example.com:8443", "10.1.0.0/16", "192.168.7.7:9000", "[fd00::1]:80", "::1", "2001:4860:4860::8888"]);

test("AllowList lets through the hosts it names, at their ports, and nothing that only looks like them", () => {
  const asked: [string, number, boolean][] = [
    ["mes.plant.local", 443, true],
    ["MES.plant.local.", 1, true],
    ["mes.plant.local.evil.net", 443, false],
    ["xmes.plant.local", 443, false],
    ["a.example.com", 8443, true],
    ["a.b.example.com", 8443, true],
    ["a.example.com", 443, false],
    ["example.com", 8443, false],
    ["evilexample.com", 8443, false],
    ["10.1.2.3", 80, true],
    ["10.2.2.3", 80, false],
    ["192.168.7.7", 9000, true],
    ["192.168.7.7", 9001, false],
    ["[fd00::1]", 80, true],
    ["[fd00::1]", 81, false],
    ["[::1]", 5, true],
    ["8.8.8.8", 80, false],
    ["localhost", 80, false],
    ["", 80, false],
  ];
  for (const [host, port, is] of asked) assert.equal(list.allowsHost(host, port), is, `${host} ${port}`);
});

test("AllowList lets a name lead to public addresses, and to inner ones only when they are listed", () => {
  for (const address of ["8.8.8.8", "2606:4700::1", "1.1.1.1", "2001:4860:4860::8888"]) assert.equal(list.allowsAddress(address, 443), true, address);
  for (const address of ["127.0.0.1", "169.254.169.254", "10.2.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "fe80::1", "fd00::2", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::"]) {
    assert.equal(list.allowsAddress(address, 443), false, address);
  }
  for (const address of ["10.1.255.1", "::1", "::ffff:10.1.2.3"]) assert.equal(list.allowsAddress(address, 443), true, address);
  assert.deepEqual([list.allowsAddress("192.168.7.7", 9000), list.allowsAddress("192.168.7.7", 9001)], [true, false]);
});

test("AllowList refuses lines that it cannot read", () => {
  for (const line of ["", "*", "a b", "http://x", "x:0", "x:99999", "10.0.0.0/33", "10.0.0.0/x", "*.*.com", "a/b", "-x", "[::1", "é.de"]) {
    assert.throws(() => new AllowList([line]), { code: "deploy.bad-webhook" }, line);
  }
});
