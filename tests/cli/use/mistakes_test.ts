/** What the commands that use a trained model refuse, in a line each. */

import { assertEquals, assertMatch } from "@std/assert";
import { scoreRuns } from "../../../src/cli/use/disentanglement.ts";
import { encode } from "../../../src/cli/use/encode.ts";
import { interpolate } from "../../../src/cli/use/interpolate.ts";
import { reconstruct } from "../../../src/cli/use/reconstruct.ts";
import { sample } from "../../../src/cli/use/sample.ts";
import { traverse } from "../../../src/cli/use/traverse.ts";
import { assertUserError } from "../../data/helpers.ts";
import {
  commandOf,
  digests,
  runTask,
  words,
} from "../../experiments/command.ts";
import { withGlyphs, withTable } from "./commands.ts";

const COMMANDS: Record<string, (args: readonly string[]) => Promise<void>> = {
  encode,
  sample,
  reconstruct,
  interpolate: (args) => interpolate([...args, "--rows", "0,1"]),
  traverse,
  disentanglement: scoreRuns,
};

type Mistake = [
  command: (args: readonly string[]) => Promise<void>,
  args: string,
  ...parts: string[],
];

Deno.test("commands without a run, with a missing one, or with an unknown flag", async () => {
  for (const command of Object.values(COMMANDS)) {
    await assertUserError(() => command([]), "no run is named");
    await assertUserError(
      () => command(["nowhere"]),
      "nowhere is not a folder",
    );
    await assertUserError(() => command(["r", "--what"]), "--what", "--help");
  }
});

Deno.test("values of flags that cannot be, before any run is read", async () => {
  const mistakes: Mistake[] = [
    [encode, "r --out q.txt", "--out q.txt", "NAME.csv, NAME.npy"],
    [encode, "r --figure f.jpg", "--figure f.jpg", "NAME.svg, NAME.png"],
    [encode, "r --out no/q.csv", "--out no/q.csv: no is not a folder"],
    [encode, "r --figure no/f.svg", "--figure no/f.svg: no is not a folder"],
    [encode, "r s --out q.csv", "one file for 2 runs"],
    [encode, "r --color-by class", "--color-by class", "--figure"],
    [encode, "r --split all", "--split all", "train, test"],
    [sample, "r --count 0", "--count 0", "in 1.."],
    [sample, "r --seed -1", "--seed -1"],
    [sample, "r --values best", "--values best", "means, draws"],
    [sample, "r --out no/s.png", "no is not a folder"],
    [reconstruct, "r --rows 0", "--rows 0"],
    [interpolate, "r", "rows are needed", "--rows 3,17"],
    [interpolate, "r --rows 3", "--rows 3", "two or more"],
    [interpolate, "r --rows 3,3", "--rows 3,3", "differ"],
    [interpolate, "r --rows 3,-1", "--rows 3,-1"],
    [interpolate, "r --rows 1,2 --steps 1", "--steps 1"],
    [traverse, "r --range 0", "--range 0", "above 0"],
    [traverse, "r --row x", "--row x"],
    [scoreRuns, "r --rows 9", "--rows 9", "from 50"],
    [scoreRuns, "r --votes -1", "--votes -1"],
  ];
  for (const [command, args, ...parts] of mistakes) {
    await assertUserError(() => command(words(args)), ...parts);
  }
});

Deno.test("what a run does not have is refused, and nothing is written", () =>
  withTable(async (run) => {
    const before = await digests(run);
    const mistakes: Mistake[] = [
      [sample, `${run} --out ${run}/s.png`, "no images", ".csv or .npy"],
      [reconstruct, `${run} --rows 5`, "--rows 5", "4 rows; leave"],
      [interpolate, `${run} --rows 0,4`, "--rows 4", "test split", "0 to 3"],
      [traverse, `${run} --row 30 --split train`, "--row 30", "train split"],
      [scoreRuns, `${run}`, "fewer than two labels", "glyphs"],
      [encode, `${run} --data ${run}/run.json`, "run.json", "no known kind"],
    ];
    for (const [command, args, ...parts] of mistakes) {
      await assertUserError(
        () => command([...words(args), "--quiet"]),
        ...parts,
      );
    }
    assertEquals(await digests(run), before);

    // The data are another table by now.
    const path = `${run}/../../table.csv`;
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace("100,", "101,"));
    for (const command of Object.values(COMMANDS)) {
      await assertUserError(() => command([run, "--quiet"]), "SHA-256");
    }
    await Deno.rename(path, `${run}/moved.csv`);
    await assertUserError(
      () => sample([run, "--quiet"]),
      "table.csv",
      "--data",
    );
  }));

Deno.test("files that are there stay, and a run's own places stay free", () =>
  withTable(async (run) => {
    const data = `${run}/../../table.csv`;
    const table = await Deno.readFile(data);
    // As after a clone: git keeps no train.csv of a long run.
    await Deno.remove(`${run}/train.csv`);
    const before = await digests(run);
    const mistakes: Mistake[] = [
      [encode, `${run} --out ${data}`, `--out ${data}`, "other content"],
      [sample, `${run} --out ${data}`, `--out ${data}`, "other content"],
      [encode, `${run} --out ${run}/eval.csv`, "a file of the run"],
      [reconstruct, `${run} --out ${run}/train.csv`, "a file of the run"],
      // All or none
      [encode, `${run} --figure ${run}/new.svg --out ${data}`, "--out"],
    ];
    for (const [command, args, ...parts] of mistakes) {
      await assertUserError(
        () => command([...words(args), "--quiet"]),
        ...parts,
      );
    }
    assertEquals(await digests(run), before);
    assertEquals(await Deno.readFile(data), table);
    // The same content is there already.
    for (let i = 0; i < 2; i++) {
      await encode([run, "--out", `${run}/../q.csv`, "--quiet"]);
    }
  }));

Deno.test("disentanglement needs 50 rows", () =>
  withGlyphs(async (run) => {
    await assertUserError(
      () => scoreRuns([run, "--quiet"]),
      "test split of 20 rows",
      "need 50",
    );
  }, { "test-size": 20 }));

Deno.test("tasks: one set of permissions is enough, and a run without a checkpoint", () =>
  withGlyphs(async (run) => {
    // The tour of README.md runs encode and traverse.
    const ofSample = commandOf("sample").replace(/src.*/, "");
    for (const name of Object.keys(COMMANDS)) {
      const file = `src/cli/use/${name}.ts`;
      assertEquals(commandOf(name), ofSample + file);
    }
    const args = {
      sample: ["--count", "3"],
      disentanglement: ["--votes", "4"],
    };
    for (const [name, more] of Object.entries(args)) {
      const { code, stdout, stderr } = await runTask(name, [run, ...more]);
      assertEquals(code, 0, stderr);
      assertMatch(stderr, /^backend: .*cpu/);
      assertMatch(stdout, /written: /);
    }
    await Deno.remove(`${run}/checkpoint-4.safetensors`);
    await assertUserError(
      () => sample([run, "--quiet"]),
      "no checkpoint",
      "exp:latent-sweep",
    );
  }));
