import { assert, assertEquals, assertMatch } from "@std/assert";
import { z } from "zod";
import { withFolder } from "../data/helpers.ts";
import {
  assertMistake,
  assertQuietSuccess,
  exists,
  namesListed,
  runHere,
  tinyNet,
} from "../experiments/command.ts";

const listed = z.strictObject({
  experiment: z.literal("latent-sweep"),
  folder: z.string(),
  jobs: z.int().min(1),
  seconds: z.number().nullable(),
  runs: z.array(z.strictObject({
    name: z.string(),
    state: z.enum(["finished", "partial", "failed", "new", "taken"]),
    step: z.int(),
    steps: z.int(),
    kept: z.int().nullable(),
    error: z.string().nullable(),
    from: z.string().nullable(),
    seconds: z.number().nullable(),
    config: z.looseObject({ seed: z.int() }),
  })),
});

Deno.test("--list has a line for each run, and --json one value for all", () =>
  withFolder(async (out) => {
    const tinyArgs = tinyNet({ out });
    const list = (...more: string[]) =>
      runHere("latent-sweep", [...tinyArgs, ...more, "--list"]);
    const json = async (...more: string[]) =>
      listed.parse(JSON.parse((await list(...more, "--json")).stdout));
    const at = tinyArgs.indexOf("--steps");
    const longer = async (...more: string[]) => {
      const args = tinyArgs.toSpliced(at, 2, "--sweep=steps=9", ...more);
      const said = await runHere("latent-sweep", [...args, "--list", "--json"]);
      return listed.parse(JSON.parse(said.stdout));
    };
    const seeds = ["--seed", "1,2"];
    assert((await json(...seeds)).runs.every(({ state }) => state === "new"));
    assert(!await exists(`${out}/latent-sweep`), "--list wrote something");

    const args = [...tinyNet({ out }), "--quiet"];
    assertQuietSuccess(await runHere("latent-sweep", args));
    const { stdout, stderr } = await list(...seeds);
    assertEquals(namesListed({ stdout, stderr, code: 0 }), [
      ...["glyphs-z2-L1-seed1", "glyphs-z2-L1-seed2"],
    ]);
    assertMatch(stdout, /seed1 {2}finished\n.*seed2 {2}new +about \d+ s\n$/);
    assertMatch(stderr, /^2 runs: 1 finished, 1 new; about \d+ s in all\n$/);
    const { runs, seconds } = await json(...seeds);
    assertEquals(runs.map(({ step, config }) => [step, config.seed]), [
      [4, 1],
      [0, 2],
    ]);
    assertEquals([runs[0]!.seconds, runs[1]!.seconds], [0, seconds]);
    assertEquals((await json("--fresh")).runs[0]!.step, 0);

    const [going] = (await longer()).runs;
    assertEquals([going!.step, going!.from], [4, "glyphs-z2-L1-seed1"]);
    const anew = (await longer("--fresh")).runs[0]!;
    assertEquals([anew.step, anew.from], [0, null]);
    assertMistake(
      await runHere("latent-sweep", ["--json"]),
      "--json: it has no effect without --list",
    );
  }));
