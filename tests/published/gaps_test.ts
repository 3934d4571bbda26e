import { assertAlmostEquals, assertEquals } from "@std/assert";
import { verdictOf } from "../../src/published/comparison.ts";
import { publishedReport } from "../../src/published/report.ts";
import { compareGaps } from "../../src/published/tables.ts";
import { withFolder } from "../data/helpers.ts";
import { configOf } from "../train/toys.ts";
import { writeRuns } from "./runs.ts";

Deno.test("compareGaps() holds both gaps of each seed against each other, after a part of the training", () =>
  withFolder(async (folder) => {
    const toy = { dataset: "mnist", trainSize: 1000, steps: 600 } as const;
    const gaps = [[5, 2], [6, 2.5], [5.5, 2]] as const;
    await writeRuns(
      folder,
      gaps.map(([amortisation, approximation], i) => ({
        config: configOf({ ...toy, seed: i + 1 }),
        rows: [[600, -90, -90]],
        terms: {
          amortisation_gap: amortisation,
          approximation_gap: approximation,
        },
      })),
    );
    const [found, ...others] = await compareGaps({ folder });
    assertEquals(others, []);
    assertAlmostEquals(found!.obtained, 5.5, 1e-12);
    assertAlmostEquals(found!.published, 6.5 / 3, 1e-12);
    assertEquals(verdictOf(found!), "agrees");
    const report = publishedReport([{
      ...{ experiment: "inference-gaps", source: "", figures: [] },
      ...{ comparisons: [found!], remark: null },
    }]);
    const [, part] = report.match(/agrees, after (\S+) % of the paper's/)!;
    const share = 600 * configOf(toy).batchSize / (3280 * 1000);
    assertAlmostEquals(Number(part), 100 * share, 0.005);
  }));
