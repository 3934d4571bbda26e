import { assert, assertEquals } from "@std/assert";
import { readRunJson } from "../../src/results/run_json.ts";
import { filesBelow, withFolder } from "../data/helpers.ts";
import {
  assertQuietSuccess,
  beforeEnd,
  digests,
  ended,
  exists,
  runBareHere,
  start,
  startBare,
  timingOf,
  tinyNet,
} from "./command.ts";
import { checkRun } from "./results.ts";

const RUN = "latent-sweep/glyphs-z2-L1-seed1";

/** A run of a few seconds, and after it another, which nobody waits for. */
function args(out: string, seed: string): string[] {
  const slow = { steps: 1500, "eval-every": 750, engine: "wasm" };
  return [...tinyNet({ ...slow, seed, out }), "--quiet"];
}

async function firstRows(partial: string): Promise<boolean> {
  const train = `${partial}/train.csv`;
  return await exists(train) && (await Deno.stat(train)).size >= 5000;
}

/** Starts the command, and sends the signal when it is there. */
async function interrupt(
  command: readonly string[],
  out: string,
  signal: Deno.Signal,
  isThere = firstRows,
): Promise<void> {
  const child = startBare(command);
  const outcome = ended(child);
  await beforeEnd(outcome, () => isThere(`${out}/${RUN}.partial`));
  child.kill(signal);
  const code = signal === "SIGINT" ? 130 : 143;
  assertEquals(await outcome, { code, stdout: "", stderr: "" });
}

Deno.test({
  name: "SIGTERM and SIGINT keep whole rows, and a finished run",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      const [whole, part] = [`${folder}/whole`, `${folder}/part`];
      const [full] = await Promise.all([
        runBareHere(args(whole, "1")),
        interrupt(args(part, "1,2"), part, "SIGTERM"),
      ]);
      assertQuietSuccess(full);
      await checkRun(`${whole}/${RUN}`);

      // Interrupted: a prefix of the rows, beside the run's place.
      const left = `${part}/${RUN}.partial`;
      assertEquals((await readRunJson(left))?.status, "interrupted");
      const rows = await Deno.readTextFile(`${left}/train.csv`);
      const allRows = await Deno.readTextFile(`${whole}/${RUN}/train.csv`);
      assert(rows.endsWith("\n") && rows.length < allRows.length);
      assertEquals(rows, allRows.slice(0, rows.length));
      assertEquals(await exists(`${part}/${RUN}`), false);
      const names = await filesBelow(`${part}/latent-sweep`);
      assert(!names.some((name) => name.includes("seed2")));

      // An interrupted rerun leaves what is finished; the same command goes
      // on with what was interrupted, to the same bytes.
      const before = await digests(`${whole}/${RUN}`);
      const [again] = await Promise.all([
        runBareHere(args(part, "1")),
        interrupt([...args(whole, "1"), "--fresh"], whole, "SIGINT"),
      ]);
      assertEquals(await digests(`${whole}/${RUN}`), before);
      assertQuietSuccess(again);
      await checkRun(`${part}/${RUN}`);
      const { "run.json": _, "source.patch": __, ...made } = await digests(
        `${part}/${RUN}`,
      );
      for (const [name, digest] of Object.entries(made)) {
        assertEquals(digest, before[name], name);
      }
      assert((await timingOf(`${part}/${RUN}`)).resumedFrom > 0);
    }),
});

Deno.test({
  name: "SIGTERM in the last evaluation leaves a run that ends with it",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (out) => {
      const long = { "final-k": 2000, "final-rows": 50, backend: "wasm" };
      const command = [...tinyNet({ ...long, out }), "--quiet"];
      await interrupt(
        command,
        out,
        "SIGTERM",
        (partial) => exists(`${partial}/checkpoint-4.safetensors`),
      );
      const left = `${out}/${RUN}.partial`;
      assertEquals((await readRunJson(left))?.status, "interrupted");
      assertEquals(await exists(`${out}/${RUN}`), false);
      const evaluation = "evaluation-k2000-n50.csv";
      assertEquals(await exists(`${left}/${evaluation}`), false);

      assertQuietSuccess(await runBareHere(command));
      await checkRun(`${out}/${RUN}`);
      assert(await exists(`${out}/${RUN}/${evaluation}`));
    }),
});

for (const jobs of [1, 2]) {
  Deno.test({
    name:
      `SIGTERM ends a command whose runs take long to start, --jobs ${jobs}`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      withFolder(async (out) => {
        const script = "tests/experiments/slow_start.ts";
        const args = [...tinyNet({ jobs, seed: "1,2", out }), "--quiet"];
        const child = start("latent-sweep", args, { script });
        const reader = child.stdout.getReader();
        for (let said = ""; said !== "starts\n".repeat(jobs);) {
          said += new TextDecoder().decode((await reader.read()).value);
        }
        child.kill("SIGTERM");
        const { code } = await child.status;
        await reader.cancel();
        await child.stderr.cancel();
        assertEquals(code, 143);
        assertEquals(await filesBelow(out), []);
      }),
  });
}
