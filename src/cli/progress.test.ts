import assert from "node:assert/strict";
import { test } from "node:test";
import { progress } from "./progress.ts";

/** A stream that keeps what was written, and a clock that is moved by hand. */
function watched(isTTY: boolean): { written: string[]; stream: { isTTY: boolean; write: (text: string) => void } } {
  const written: string[] = [];
  return { written, stream: { isTTY, write: (text) => void written.push(text) } };
}

test("progress() shows the share done, at most every 80 ms, and takes its line away", () => {
  const { written, stream } = watched(true);
  let time = 0;
  const { at, done } = progress("reading", false, stream, () => time);
  at(1, 4);
  at(2, 4);
  time = 100;
  at(3, 4);
  done();
  assert.equal(written.length, 3);
  assert.match(written[0] ?? "", /^\rreading {3}█{7}░{21} {2}25 %$/);
  assert.match(written[1] ?? "", / 75 %$/);
  assert.equal(written[2], "\r\u001b[2K");
});

test("progress() writes nothing when silent or when nobody watches, and takes no line away that was not there", () => {
  for (const [silent, isTTY] of [[true, true], [false, false]] as const) {
    const { written, stream } = watched(isTTY);
    const bar = progress("reading", silent, stream);
    bar.at(1, 2);
    bar.done();
    assert.deepEqual(written, []);
  }
  const { written, stream } = watched(true);
  progress("reading", false, stream).done();
  assert.deepEqual(written, []);
});
