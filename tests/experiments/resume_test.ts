import { assertEquals } from "@std/assert";
import { checkpointSteps } from "../../src/results/checkpoint.ts";
import { withFolder } from "../data/helpers.ts";
import {
  assertMistake,
  assertQuietSuccess,
  beforeEnd,
  digests,
  ended,
  type Outcome,
  runBare,
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

// Many more, with pictures and figures: deno task soak.
Deno.test("a sweep killed twice gives the bytes of one left alone", async () => {
  await killAndCompare(2, 25, "bare");
});

Deno.test("a finished run is skipped, and made anew with --fresh", () =>
  withFolder(async (out) => {
    const args = [...tinyNet({ out }), "--quiet"];
    const startedAt = async () => (await timingOf(`${out}/${RUN}`)).started;
    assertQuietSuccess(await runBare(args));
    const first = await startedAt();
    const bytes = await digests(out);

    assertQuietSuccess(await runBare(args));
    assertEquals(await startedAt(), first);

    assertQuietSuccess(await runBare([...args, "--fresh"]));
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
    assertMistake(
      await runBare(args),
      `process ${first.pid}`,
      `${RUN} is`,
    );
    first.kill("SIGTERM");
    assertEquals((await outcome).code, 143);
  }));

Deno.test("a run goes on with nothing but what it was begun with", () =>
  withFolder(async (out) => {
    const often = { "checkpoint-every": 20 };
    const args = (backend: string) => [
      ...tinyNet({ out, steps: 400, "eval-every": 200, ...often, backend }),
      "--quiet",
    ];
    const child = startBare(args("cpu"));
    const outcome = ended(child);
    const partial = `${out}/${RUN}.partial`;
    await firstCheckpoint(outcome, partial);
    child.kill("SIGTERM");
    assertEquals((await outcome).code, 143);
    assertMistake(
      await runBare(args("wasm")),
      ...["another backend", '"cpu"', '"wasm"', "--fresh"],
    );
    assertQuietSuccess(await runBare(args("cpu")));
  }));

Deno.test("a damaged checkpoint is a mistake, and --fresh mends it", () =>
  withFolder(async (out) => {
    const steps = { steps: 400, "eval-every": 400, "checkpoint-every": 50 };
    const args = [...tinyNet({ ...steps, out })];
    const child = startBare([...args, "--quiet"]);
    const outcome = ended(child);
    const partial = `${out}/${RUN}.partial`;
    await firstCheckpoint(outcome, partial);
    child.kill("SIGKILL");
    await outcome;

    const left = [...Deno.readDirSync(partial)].map(({ name }) => name)
      .filter((name) => name.endsWith(".safetensors"));
    for (const name of left) {
      const bytes = await Deno.readFile(`${partial}/${name}`);
      bytes[bytes.length - 5]! ^= 4;
      await Deno.writeFile(`${partial}/${name}`, bytes);
    }
    assertMistake(await runBare(args), "checkpoint-", "--fresh");
    assertQuietSuccess(
      await runBare([...args, "--fresh", "--quiet"]),
    );
  }));

Deno.test("--require-clean refuses a tree that differs from its commit", async () => {
  const { stdout } = await new Deno.Command("git", {
    args: ["status", "--porcelain", "--", "src", "experiments", "mod.ts"]
      .concat("deno.json", "deno.lock", ":(exclude)*.md"),
  }).output();
  if (stdout.length === 0) return; // the tree is clean: nothing to refuse
  assertMistake(
    await runBare([...tinyNet(), "--require-clean"]),
    "--require-clean",
  );
});
