/** Every command line, in process. */

import { assert } from "@std/assert";
import fc from "fast-check";
import { readFlags, valuedFlags } from "../../src/cli/read_flags.ts";
import { requestOf } from "../../src/cli/request.ts";
import { SWITCHES } from "../../src/cli/flags.ts";
import { commandLines, nearly } from "./mutations.ts";
import { copyRun, encoded, given, type Subject, subject } from "./subject.ts";
import { task } from "./task.ts";
import { newExperiment } from "../../src/cli/new.ts";
import { filesBelow } from "../data/helpers.ts";
import { writeTree } from "../verify/trees.ts";

const PARTS = ["one", "two", "one/glyphs-z2-L1-seed1", "none"];

/** Whole runs of an earlier version, which this one cannot train again. */
async function writeRuns(folder: string): Promise<void> {
  await writeTree(folder);
  for (const path of await filesBelow(folder)) {
    if (!path.endsWith("run.json")) continue;
    const text = await Deno.readTextFile(`${folder}/${path}`);
    const { engine, ...json } = JSON.parse(text);
    const earlier = { ...json, engine: { ...engine, fastMath: true } };
    await Deno.writeTextFile(`${folder}/${path}`, JSON.stringify(earlier));
  }
}

/** Command lines, by name. */
export const COMMANDS: Readonly<Record<string, Subject>> = {
  "an experiment's command line": subject(24, async (folder) => {
    await copyRun(`${folder}/e/r`);
    const flags = [...valuedFlags().keys()];
    const sweeps = ["sweep", ...flags.map((flag) => `sweep=${flag}`)];
    return given({
      inputs: commandLines([...flags, ...sweeps], Object.keys(SWITCHES)),
      read: (args) => {
        const { runs } = requestOf(readFlags(args));
        assert(runs.length > 0);
      },
    });
  }),
  "evaluate": task(
    2,
    async () => (await import("../../src/cli/evaluate.ts")).evaluate,
  ),
  "gradient-snr": task(
    2,
    async () =>
      (await import("../../src/cli/run_gradients.ts")).gradientsOfRuns,
  ),
  "diff": task(1, async () => (await import("../../src/cli/diff.ts")).diff),
  "explore": task(
    1,
    async () => (await import("../../src/cli/web/explore.ts")).explore,
  ),
  "encode": task(
    1,
    async () => (await import("../../src/cli/use/encode.ts")).encode,
  ),
  "sample": task(
    1,
    async () => (await import("../../src/cli/use/sample.ts")).sample,
  ),
  "reconstruct": task(
    1,
    async () => (await import("../../src/cli/use/reconstruct.ts")).reconstruct,
  ),
  "interpolate": task(
    1,
    async () => (await import("../../src/cli/use/interpolate.ts")).interpolate,
  ),
  "traverse": task(
    1,
    async () => (await import("../../src/cli/use/traverse.ts")).traverse,
  ),
  "disentanglement": task(
    1,
    async () =>
      (await import("../../src/cli/use/disentanglement.ts")).scoreRuns,
  ),
  "reproduce": task(
    1,
    async () => (await import("../../src/cli/reproduce.ts")).reproduce,
    {
      prepare: writeRuns,
      words: PARTS,
      // The project's own results would be trained again.
      adapt: (args) =>
        args.some((arg) => arg.startsWith("--results"))
          ? args
          : ["--results", ".", ...args],
    },
  ),
  "verify": task(
    2,
    async () => (await import("../../src/cli/verify.ts")).verify,
    {
      prepare: writeRuns,
      words: PARTS,
      // As above; and not all files of the machine.
      adapt: (args) => ["one", ...args.filter((arg) => !/^[/.]/.test(arg))],
    },
  ),
  "new": subject(2, (folder) => {
    const config = '{"imports":{"@elbo/lab":"jsr:@elbo/lab"},"links":["a"]}';
    const paths = ["p", "p/q", "-", "p\n", "a\0b", "🦕", "a".repeat(300), ""];
    return given({
      inputs: fc.record({
        names: fc.array(
          fc.oneof(
            fc.constantFrom("mine", "a-b", "latent-sweep", "--", "--help", "1"),
            fc.string(),
          ),
          { minLength: 1, maxLength: 2 },
        ),
        place: fc.constantFrom(...paths),
        bytes: nearly([encoded(config), encoded("{}\n")]),
      }),
      read: async ({ names, place, bytes }) => {
        await Deno.mkdir(`${folder}/p`);
        await Deno.writeFile(`${folder}/p/deno.json`, bytes);
        try {
          await newExperiment([`--in=${place}`, ...names]);
        } finally {
          for (const { name } of Deno.readDirSync(folder)) {
            await Deno.remove(`${folder}/${name}`, { recursive: true });
          }
        }
      },
    });
  }),
};
