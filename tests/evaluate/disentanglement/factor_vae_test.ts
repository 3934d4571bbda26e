import { assertAlmostEquals, assertEquals } from "@std/assert";
import { factorVaeScore } from "../../../src/evaluate/disentanglement/factor_vae.ts";
import { stream } from "../../../src/random/stream.ts";
import { codesOf } from "./codes.ts";

const ROWS = 30;

/** The score of a code of three factors, uniform on (0, 1). */
function scoreOf(
  code: (factors: readonly number[]) => number[],
  variances: readonly number[],
): Promise<number> {
  return factorVaeScore(variances, {
    votes: 300,
    trials: 300,
    group(index) {
      const draws = stream(1, "data", index).uniforms(3 * ROWS);
      const factor = index * 7 % 3;
      const rows = Array.from(
        { length: ROWS },
        (_, i) =>
          code([0, 1, 2].map((k) => draws[k === factor ? k : 3 * i + k]!)),
      );
      const columns = rows[0]!.map((_, j) => rows.map((row) => row[j]!));
      return Promise.resolve({ factor, codes: codesOf(...columns) });
    },
  });
}

Deno.test("factorVaeScore() of a perfect code is 1, whatever its scales", async () => {
  const [a, b, c] = [100, 0.01, -1];
  const variances = [c, a, b].map((scale) => scale ** 2 / 12);
  const code = ([x, y, z]: readonly number[]) => [c * z!, a * x!, b * y!];
  assertEquals(await scoreOf(code, variances), 1);
});

Deno.test("factorVaeScore() leaves dimensions out that do not vary over the data", async () => {
  const code = ([x, y, z]: readonly number[]) => [0, x!, y!, z!];
  assertEquals(await scoreOf(code, [0, 1, 1, 1]), 1);
});

Deno.test("factorVaeScore() of a code that tells factors apart in part", async () => {
  // Factors 1 and 2 are turned by 45 degrees: either looks like the other, so
  // that a third of the votes is right, and half of the other two thirds.
  const code = ([x, y, z]: readonly number[]) => [x! + y!, x! - y!, z!];
  const score = await scoreOf(code, [1 / 6, 1 / 6, 1 / 12]);
  assertAlmostEquals(score, 2 / 3, 0.07);
});

Deno.test("factorVaeScore() of a code without factors is chance", async () => {
  let at = 0;
  const code = () => Array.from(stream(2, "data", at++).uniforms(3));
  assertAlmostEquals(await scoreOf(code, [1, 1, 1]), 1 / 3, 0.07);
  assertAlmostEquals(await scoreOf(() => [0, 0], [0, 0]), 1 / 3, 0.07);
});
