import { assertEquals } from "@std/assert";
import type {
  Report,
  RunRecord,
  Update,
} from "../../../src/web/report/record/record.ts";
import { Follower } from "../../../src/web/watch/follower.ts";

const PICTURE = { url: "data:", width: 1, height: 1 };

function report(steps: readonly number[], pictures: Report["pictures"] = {}) {
  const runs = steps.map((step, i) =>
    ({ path: `run-${i}`, progress: { step, steps: 9 } }) as RunRecord
  );
  return { runs, pictures } as unknown as Report;
}

/** What a message says of runs and pictures. */
async function next(reader: ReadableStreamDefaultReader<Uint8Array>) {
  const { value } = await reader.read();
  const text = new TextDecoder().decode(value);
  const { runs, pictures }: Update = JSON.parse(
    text.replace(/^data: /, "").trimEnd(),
  );
  return {
    runs: runs.map((run) => typeof run === "string" ? run : run.progress!.step),
    pictures: Object.keys(pictures),
  };
}

Deno.test("Follower tells what is new, and of a page that does not read at last the newest", async () => {
  let hasLeft = false;
  const follower = new Follower(() => hasLeft = true);
  const reader = follower.stream.getReader();
  follower.tell(report([1, 2], { a: PICTURE }));
  assertEquals(await next(reader), { runs: [1, 2], pictures: ["a"] });
  follower.tell(report([1, 3], { a: PICTURE, b: PICTURE }));
  assertEquals(await next(reader), { runs: ["run-0", 3], pictures: ["b"] });

  for (let step = 4; step < 99; step++) follower.tell(report([1, step]));
  assertEquals(follower.isBehind, true);
  let last;
  for (let i = 0; i < 5; i++) last = await next(reader);
  follower.tell(report([1, 99]));
  assertEquals(follower.isBehind, false);
  assertEquals(last!.runs, ["run-0", 8]);
  assertEquals((await next(reader)).runs, ["run-0", 99]);

  await reader.cancel();
  assertEquals(hasLeft, true);
  follower.tell(report([2, 2]));
  follower.end();
});
