import { assert, assertEquals } from "@std/assert";
import { checkpointSteps } from "../../src/results/checkpoint.ts";
import { withFolder } from "../data/helpers.ts";
import {
  assertMistake,
  assertQuietSuccess,
  beforeEnd,
  digests,
  ended,
  type Outcome,
  runBareHere,
  startBare,
  timingOf,
  tinyNet,
} from "./command.ts";
import { killAndCompare } from "./kills.ts";

const RUN = "latent-sweep/glyphs-z2-L1-seed1";

/** Waits until a run that is being written has a checkpoint. */
const firstCheckpoint = (outcome: Promise<Outcome>, partial: string) =>
  beforeEnd(
    outcome,
    async () => (await checkpointSteps(partial)).length > 0,
  );

// Many more, of more steps, with pictures and figures: deno task soak.
Deno.test("a sweep killed twice gives the bytes of one left alone", async () => {
  await killAndCompare(2, 25, "bare", { steps: 250 });
});

Deno.test("a finished run is skipped, and made anew with --fresh", () =>
  withFolder(async (out) => {
    const args = [...tinyNet({ out }), "--quiet"];
    const startedAt = async () => (await timingOf(`${out}/${RUN}`)).started;
    assertQuietSuccess(await runBareHere(args));
    const first = await startedAt();
    const bytes = await digests(out);

    assertQuietSuccess(await runBareHere(args));
    assertEquals(await startedAt(), first);

    assertQuietSuccess(await runBareHere([...args, "--fresh"]));
    assertEquals(await startedAt() > first, true);
    const { [`${RUN}/run.json`]: _, ...again } = await digests(out);
    const { [`${RUN}/run.json`]: __, ...before } = bytes;
    assertEquals(again, before);
  }));

Deno.test("two processes on one run: the second names the first", () =>
  withFolder(async (out) => {
    const args = [...tinyNet({ out, steps: 3000 }), "--quiet"];
    const first = startBare(args);
    const outcome = ended(first);
    await firstCheckpoint(outcome, `${out}/${RUN}.partial`);
    // This process is the second.
    assertMistake(
      await runBareHere(args),
      `process ${first.pid}`,
      `${RUN} is`,
    );
    first.kill("SIGTERM");
    assertEquals((await outcome).code, 143);
  }));

/** Begins a run and ends at its first checkpoint, or ends the run. */
const stopping = (args: readonly string[]) =>
  runBareHere(args, { script: "tests/experiments/stops.ts" });

const STEPS = { steps: 6, "eval-every": 4, "checkpoint-every": 2 };

Deno.test("a run goes on with nothing but what it was begun with", () =>
  withFolder(async (out) => {
    const args = (backend: string) => [
      ...tinyNet({ ...STEPS, out, backend }),
      "--quiet",
    ];
    assertMistake(await stopping(args("cpu")), "stopped at step 2");
    assertMistake(
      await stopping(args("wasm")),
      ...["another backend", '"cpu"', '"wasm"', "--fresh"],
    );
    assertQuietSuccess(await stopping(args("cpu")));
    assertEquals((await timingOf(`${out}/${RUN}`)).resumedFrom, 2);
  }));

Deno.test("a damaged checkpoint is a mistake, and --fresh mends it", () =>
  withFolder(async (out) => {
    const args = tinyNet({ ...STEPS, out });
    assertMistake(await stopping(args), "stopped at step 2");
    const partial = `${out}/${RUN}.partial`;
    const left = [...Deno.readDirSync(partial)].map(({ name }) => name)
      .filter((name) => name.endsWith(".safetensors"));
    assert(left.length > 0);
    for (const name of left) {
      const bytes = await Deno.readFile(`${partial}/${name}`);
      bytes[bytes.length - 5]! ^= 4;
      await Deno.writeFile(`${partial}/${name}`, bytes);
    }
    assertMistake(await stopping(args), "checkpoint-", "--fresh");
    assertQuietSuccess(await runBareHere([...args, "--fresh", "--quiet"]));
  }));

Deno.test("--require-clean refuses a tree that differs from its commit", async () => {
  const { stdout } = await new Deno.Command("git", {
    args: ["status", "--porcelain", "--", "src", "experiments", "mod.ts"]
      .concat("deno.json", "deno.lock", ":(exclude)*.md"),
  }).output();
  if (stdout.length === 0) return; // the tree is clean: nothing to refuse
  assertMistake(
    await runBareHere([...tinyNet(), "--require-clean"]),
    "--require-clean",
  );
});
