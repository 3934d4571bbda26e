import { assertEquals } from "@std/assert";
import { withFolder } from "../data/helpers.ts";
import {
  assertMistake,
  assertQuietSuccess,
  digests,
  ended,
  run,
  start,
  tinyNet,
} from "./command.ts";
import { killAndCompare } from "./kills.ts";

const RUN = "latent-sweep/glyphs-z2-L1-seed1";

Deno.test("a sweep killed 25 times gives the bytes of one left alone", async () => {
  await killAndCompare(25, 25);
});

Deno.test("a finished run is skipped, and made anew with --fresh", () =>
  withFolder(async (out) => {
    const args = [...tinyNet({ out }), "--quiet"];
    const startedAt = async () =>
      JSON.parse(await Deno.readTextFile(`${out}/${RUN}/run.json`))
        .timing.started;
    assertQuietSuccess(await run("latent-sweep", args));
    const first = await startedAt();
    const bytes = await digests(out);

    assertQuietSuccess(await run("latent-sweep", args));
    assertEquals(await startedAt(), first);

    assertQuietSuccess(await run("latent-sweep", [...args, "--fresh"]));
    assertEquals(await startedAt() > first, true);
    const { [`${RUN}/run.json`]: _, ...again } = await digests(out);
    const { [`${RUN}/run.json`]: __, ...before } = bytes;
    assertEquals(again, before);
  }));

Deno.test("two processes on one run: the second names the first", () =>
  withFolder(async (out) => {
    const args = [...tinyNet({ out, steps: 3000 }), "--quiet"];
    const first = start("latent-sweep", args);
    const outcome = ended(first);
    while (true) {
      try {
        await Deno.stat(`${out}/${RUN}.partial/train.csv`);
        break;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    assertMistake(
      await run("latent-sweep", args),
      `process ${first.pid}`,
      `${RUN}.partial`,
    );
    first.kill("SIGTERM");
    assertEquals((await outcome).code, 143);
  }));

Deno.test("a damaged checkpoint is a mistake, and --fresh mends it", () =>
  withFolder(async (out) => {
    const args = [...tinyNet({ out, steps: 40, "checkpoint-every": 5 })];
    const child = start("latent-sweep", [...args, "--quiet"]);
    const outcome = ended(child);
    const partial = `${out}/${RUN}.partial`;
    let newest: string | undefined;
    while (newest === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      try {
        for await (const { name } of Deno.readDir(partial)) {
          if (name.endsWith(".safetensors")) newest = name;
        }
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    child.kill("SIGKILL");
    await outcome;

    const left = [...Deno.readDirSync(partial)].map(({ name }) => name)
      .filter((name) => name.endsWith(".safetensors"));
    for (const name of left) {
      const bytes = await Deno.readFile(`${partial}/${name}`);
      bytes[bytes.length - 5]! ^= 4;
      await Deno.writeFile(`${partial}/${name}`, bytes);
    }
    assertMistake(await run("latent-sweep", args), "checkpoint-", "--fresh");
    assertQuietSuccess(
      await run("latent-sweep", [...args, "--fresh", "--quiet"]),
    );
  }));

Deno.test("--require-clean refuses a tree that differs from its commit", async () => {
  const { stdout } = await new Deno.Command("git", {
    args: ["status", "--porcelain", "--", ".", ":!results"],
  }).output();
  if (stdout.length === 0) return; // the tree is clean: nothing to refuse
  assertMistake(
    await run("latent-sweep", [...tinyNet(), "--require-clean"]),
    "--require-clean",
  );
});
