import { assertAlmostEquals, assertEquals } from "@std/assert";
import { verdictOf } from "../../src/published/comparison.ts";
import {
  compareGradients,
  gradientsFigure,
} from "../../src/published/gradients.ts";
import { withFolder } from "../data/helpers.ts";

/** Writes a measurement, up to k = 32, of numbers with errors of a hundredth. */
async function writeMeasurement(
  folder: string,
  { seed, draws = 500, numbers }: {
    seed: number;
    draws?: number;
    numbers: Readonly<Record<string, number>>;
  },
): Promise<void> {
  const run = `${folder}/draws${draws}-seed${seed}`;
  await Deno.mkdir(run);
  const versions = { project: "0", deno: "2", v8: "1", tfjs: "4", target: "x" };
  const record = { seed, rows: 4, ks: [1, 8, 32], draws, versions, seconds: 1 };
  await Deno.writeTextFile(
    `${run}/measurement.json`,
    JSON.stringify({ ...record, git: { commit: null, dirty: null } }),
  );
  const rows = Object.entries(numbers).map(([name, value]) =>
    `${name},${value},${Math.abs(value) / 100}`
  );
  await Deno.writeTextFile(
    `${run}/evaluation-snr.csv`,
    ["quantity,value,standard_error", ...rows, ""].join("\n"),
  );
}

const NUMBERS = {
  ...{ "slope_decoder": 0.5, "slope_encoder": -0.4, "slope_encoder-dreg": 0.2 },
  ...{ "relative_encoder-dreg_k8": 1.01, "relative_encoder-dreg_k32": 1.2 },
  ...{ "relative_encoder-stl_k8": 5, "relative_encoder-stl_k32": 1 },
  ...{ "variance_encoder_k32": 4, "variance_encoder-dreg_k32": 1 },
  ...{ "variance_encoder-rws_k32": 1, "variance_encoder-rws-dreg_k32": 2 },
};

Deno.test("compareGradients() decides what one measurement has by its own errors", () =>
  withFolder(async (folder) => {
    await writeMeasurement(folder, { seed: 1, draws: 10, numbers: {} });
    await writeMeasurement(folder, { seed: 1, numbers: NUMBERS });
    const found = await compareGradients({ folder });
    assertEquals(found.map(({ obtained }) => Number(obtained.toFixed(3))), [
      ...[0.5, -0.4, 0.2],
      ...[0.01, 4, 0.2, 0],
      ...[1.386, -0.693],
    ]);
    assertEquals(found.map(verdictOf), [
      ...["agrees", "agrees within 2", "agrees"],
      ...["agrees", "agrees"],
      // 0.2 +- 0.03 is none, and 0 +- 0.02 is no bias.
      ...["differs", "agrees within 2"],
      ...["agrees", "differs"],
    ]);
  }));

Deno.test("compareGradients() decides what several seeds have by their spread", () =>
  withFolder(async (folder) => {
    for (const [seed, slope] of [[1, 0.1], [2, 0.5], [3, 0.9]] as const) {
      const numbers = { ...NUMBERS, slope_decoder: slope };
      await writeMeasurement(folder, { seed, numbers });
    }
    const [slope] = await compareGradients({ folder });
    assertAlmostEquals(slope!.spread!, 0.4, 1e-12);
    assertAlmostEquals(slope!.difference.standardError, 0.4 / Math.sqrt(3));
    assertEquals(slope!.difference.degreesOfFreedom, 2);
    assertEquals(slope!.origins.map(({ seed }) => seed), [1, 2, 3]);
  }));

Deno.test("compareGradients() leaves out what was not measured", () =>
  withFolder(async (folder) => {
    assertEquals(await compareGradients({ folder }), []);
    assertEquals(await gradientsFigure({ folder }), null);
    const numbers = { slope_decoder: 0.5 };
    await writeMeasurement(folder, { seed: 1, numbers });
    assertEquals((await compareGradients({ folder })).length, 1);
    assertEquals(await gradientsFigure({ folder }), null);
  }));

Deno.test("gradientsFigure() has the bias as what is above the bound's gradient, and the range of the seeds", () =>
  withFolder(async (folder) => {
    for (const [seed, factor] of [[1, 3], [2, 7]] as const) {
      const numbers = {
        ...{ "snr_encoder_k8": 1, "variance_encoder_k8": 2 },
        "relative_encoder-stl_k8": factor,
      };
      await writeMeasurement(folder, { seed, numbers });
    }
    const spec = await gradientsFigure({ folder });
    const { concat: [, bias] } = spec as unknown as {
      concat: { layer: { data: { values: unknown[] } }[] }[];
    };
    const values = bias!.layer.flatMap(({ data }) => data.values) as {
      readonly y?: number;
      readonly low?: number;
      readonly high?: number;
    }[];
    assertEquals(
      values.filter(({ y }) => y !== undefined).map(({ y }) => y),
      // The line, and its circle.
      [4, 4],
    );
    assertEquals(
      values.filter(({ low }) => low !== undefined)
        .map(({ low, high }) => [low, high]),
      [[2, 6]],
    );
  }));
