import { longestRuns } from "../../src/published/obtained.ts";
import { assertEquals } from "@std/assert";
import { withFolder } from "../data/helpers.ts";
import { configOf } from "../train/toys.ts";
import { writeRuns } from "./runs.ts";

Deno.test("longestRuns() counts a seed once, as evaluated most often", () =>
  withFolder(async (folder) => {
    const evaluated = (seed: number, steps: number[]) => ({
      config: configOf({ steps: 4, seed, evalEvery: steps }),
      rows: steps.map((step): [number, number, number] => [step, -step, -1]),
    });
    await writeRuns(folder, [
      evaluated(1, [4]),
      evaluated(1, [2, 4]),
      evaluated(2, [2, 4]),
      evaluated(2, [3, 4]),
    ]);
    const groups = await longestRuns({ folder });
    assertEquals(
      groups.map((group) => group.map(({ name }) => name)),
      [["run1", "run2"]],
    );
  }));
