import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  compareExamples,
  stepsPerEpoch,
} from "../../src/published/examples.ts";
import { exampleLosses } from "../../src/published/reference.ts";
import { withFolder } from "../data/helpers.ts";
import { configOf } from "../train/toys.ts";
import { writeRuns } from "./runs.ts";

const SHARED = { latentDim: 20, batchSize: 128, steps: 4690 };

const pytorch = (seed: number) =>
  configOf({ ...SHARED, dataset: "mnist", binarize: "none", seed });

const flax = configOf({ ...SHARED, dataset: "mnist-fixed", binarize: "none" });

Deno.test("stepsPerEpoch() ends PyTorch's with what is left over, and Flax's without", () => {
  assertEquals(stepsPerEpoch(pytorch(1)), 469);
  assertEquals(stepsPerEpoch(flax), 390);
});

Deno.test("compareExamples() has minus the ELBO at the ends of epochs that all seeds have", () =>
  withFolder(async (folder) => {
    await writeRuns(folder, [
      { config: pytorch(1), rows: [[3283, -106, -107], [4690, -105, -106]] },
      { config: pytorch(2), rows: [[4690, -107, -109]] },
      { config: flax, rows: [[390, -120, -130], [391, -1, -1]] },
    ]);
    const found = await compareExamples({ folder });
    assertEquals(
      found.map(({ setup, quantity, obtained }) => [setup, quantity, obtained]),
      [
        ["PyTorch's example", "train loss after 10 epochs", 107.5],
        ["PyTorch's example", "test loss after 10 epochs", 106],
        ["Flax's example", "test loss after 1 epoch", 120],
      ],
    );
    // Of two trainings each: with two of ours two degrees of freedom.
    const [train] = found;
    assertAlmostEquals(train!.published, (106.311 + 106.3209) / 2, 1e-12);
    assertEquals(train!.difference.degreesOfFreedom, 2);
  }));

Deno.test("exampleLosses() has what was printed", () => {
  assertEquals(exampleLosses().length, 11);
  assertEquals(exampleLosses()[0], {
    example: "pytorch",
    epoch: 10,
    split: "train",
    loss: 106.311,
  });
});
