import { assertAlmostEquals, assertEquals } from "@std/assert";
import { compareBetas } from "../../src/published/beta.ts";
import { withFolder } from "../data/helpers.ts";
import { configOf } from "../train/toys.ts";
import { writeRuns } from "./runs.ts";

Deno.test("compareBetas() holds neighbours against each other at the beta of each", () =>
  withFolder(async (folder) => {
    const of = (beta: number, reconstruction: number, kl: number) => ({
      config: configOf({ dataset: "glyphs", latentDim: 3, beta }),
      rows: [[600, reconstruction - kl, 0]] as const,
      terms: { reconstruction, kl, mig: beta / 10 },
    });
    await writeRuns(folder, [
      of(4, -104, 3),
      of(1, -90, 12),
      of(8, -120, 0.5),
    ]);
    const found = await compareBetas({ folder });
    assertEquals(
      found.map(({ setup, quantity, obtained, published }) => [
        `${setup}: ${quantity}`,
        obtained,
        published,
      ]),
      [
        ["1", "1", "4", -102, -107],
        ["4", "4", "1", -116, -138],
        ["4", "4", "8", -116, -122],
        ["8", "8", "4", -124, -128],
      ].map(([own, beta, other, obtained, published]) => [
        `glyphs, z = 3, beta = ${own}: reconstruction - ${beta} KL, no less ` +
        `than with beta = ${other}`,
        obtained,
        published,
      ]).concat([[
        "glyphs, z = 3, beta = 4: mutual information gap (MIG), no less than " +
        "with beta = 1",
        0.4,
        0.1,
      ]]),
    );
    assertAlmostEquals(found.at(-1)!.difference.mean, 0.3, 1e-12);
    assertEquals(found.every(({ isLeast }) => isLeast), true);
  }));
