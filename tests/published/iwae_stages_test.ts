import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  expectedNlls,
  remainingStages,
} from "../../src/published/iwae_stages.ts";
import { withFolder } from "../data/helpers.ts";
import { configOf } from "../train/toys.ts";
import { writeRuns } from "./runs.ts";

Deno.test("expectedNlls() goes on as a geometric series does", () => {
  // Gains of 8, 4 and 2, and so 1 and 1/2.
  const expected = expectedNlls([-114, -106, -102, -100], 90, 2);
  [89, 88.5].forEach((nll, i) => assertAlmostEquals(expected[i]!, nll, 1e-12));
});

Deno.test("remainingStages() is of runs that stop at the end of a stage", () =>
  withFolder(async (folder) => {
    const at = (passes: number, bound: number) =>
      [3 * passes, bound, bound] as const;
    const rows = [at(1, -114), at(4, -106), at(13, -102), at(40, -100)];
    const config = (steps: number, latentDim: number) =>
      configOf({
        ...{ dataset: "mnist", trainSize: 60, batchSize: 20, steps, latentDim },
        finalEvaluation: { k: 5000, rows: 10 },
      });
    await writeRuns(folder, [
      { config: config(3 * 40, 1), rows },
      { config: config(3 * 41, 2), rows: [...rows.slice(0, 3), at(41, -100)] },
    ]);
    await Deno.writeTextFile(
      `${folder}/run0/evaluation-k5000-n10.csv`,
      "quantity,value,standard_error\nnll,90,0\n",
    );
    const remark = (await remainingStages({ folder }))!;
    const [, runs] = remark.split(": ");
    assertEquals(runs!.split("; ").length, 1);
    assertEquals(
      runs!.split(", ").slice(-5),
      [
        "90.0 after 40 passes",
        "comes to 89.0 after 121",
        "88.5 after 364",
        "88.3 after 1093",
        "88.1 after 3280.",
      ],
    );
    await Deno.remove(`${folder}/run0`, { recursive: true });
    assertEquals(await remainingStages({ folder }), null);
  }));
