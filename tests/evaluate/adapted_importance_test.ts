import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { DrawEngine } from "../../src/engine/draw_engine.ts";
import { adaptedImportance } from "../../src/evaluate/adapted_importance.ts";
import { meanOverRows } from "../../src/evaluate/estimates.ts";

const D = 2;

/**
 * An engine of which ln p(x) is `log`, and p(z|x) in the encoder's own scale is
 * N(center, sd^2 I): q(z|x), which is N(0, I) there, is far off.
 */
function engineOf(
  log: number,
  center: number,
  sd: number,
): Pick<DrawEngine, "rowTerms"> {
  return {
    rowTerms({ noise, size, samples }) {
      const logLikelihood = new Float32Array(samples * size);
      const logRatio = new Float32Array(samples * size);
      logLikelihood.forEach((_, at) => {
        let sum = log;
        for (let i = 0; i < D; i++) {
          const e = noise[at * D + i]!;
          sum += -(((e - center) / sd) ** 2) / 2 - Math.log(sd) + e ** 2 / 2;
        }
        logLikelihood[at] = sum;
      });
      return Promise.resolve({ logLikelihood, logRatio });
    },
  };
}

const examples = { count: 70, dim: 1, values: new Float32Array(70) };
const options = { seed: 1, latentDim: D, rounds: 5, k: 100 };

Deno.test("adaptedImportance() finds ln p(x) where q(z|x) is far from p(z|x)", async () => {
  for (const [center, sd] of [[0, 1], [6, 0.5], [-4, 3]] as const) {
    const engine = engineOf(-150, center, sd);
    const found = await adaptedImportance(examples, { ...options, engine });
    const { value, error } = meanOverRows(found);
    assert(error < 0.02, `error ${error} at ${center}, ${sd}`);
    assertAlmostEquals(value, -150, 0.05);
  }
});

Deno.test("adaptedImportance() depends on the row and the seed alone", async () => {
  const engine = engineOf(-150, 2, 0.5);
  const few = { ...examples, count: 3, values: new Float32Array(3) };
  const all = await adaptedImportance(examples, { ...options, engine });
  const first = await adaptedImportance(few, { ...options, engine });
  assertEquals(all.values.slice(0, 3), first.values);
  const other = await adaptedImportance(few, { ...options, seed: 2, engine });
  assert(first.values[0] !== other.values[0]);
});

Deno.test("adaptedImportance() ends where a draw's terms are no numbers, and says so", async () => {
  const whole = engineOf(-150, 0, 1);
  const broken: Pick<DrawEngine, "rowTerms"> = {
    async rowTerms(draws) {
      const terms = await whole.rowTerms(draws);
      const logLikelihood = terms.logLikelihood
        .map((value, at) => at % 7 === 0 ? NaN : value);
      return { ...terms, logLikelihood };
    },
  };
  const found = await adaptedImportance(
    { ...examples, count: 1, values: new Float32Array(1) },
    { ...options, engine: broken },
  );
  assertEquals([...found.values], [NaN]);
});
