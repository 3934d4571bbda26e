import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import {
  evaluateVae,
  type EvaluationOptions,
} from "../../src/evaluate/evaluate_vae.ts";
import { evaluationFiles } from "../../src/evaluate/evaluate_run.ts";
import { importanceBound } from "../../src/evaluate/importance.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import type { VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { trainingOf } from "../engine/training.ts";
import { allThreadsOf, wasmDraws } from "../engine/wasm/trainings.ts";
import { besidePosterior, examplesOf } from "./models.ts";

const OPTIONS: EvaluationOptions = {
  k: 60,
  rows: null,
  samples: 60,
  estimators: ["importance"],
  seed: 1,
};

/** A model that decodes its first unit, of which q(z|x) says nothing. */
function idleUnit(changes: Partial<VaeSpec>): Vae {
  const { spec } = trainingOf({ spec: changes });
  return new Vae(
    spec,
    initialParameters(spec, 0).map(({ name, shape, values }) => ({
      name,
      shape,
      values: name.startsWith("encoder/mean/")
        ? values.map((value, i) => i % spec.latentDim === 0 ? 0 : 3 * value)
        : values,
    })),
  );
}

Deno.test("evaluateVae() by the wasm engine has the numbers of the reference", async () => {
  await openBackend("wasm");
  const gaussian = { family: "gaussian", mean: "linear" } as const;
  for (
    const changes of [
      { hidden: [8, 5] },
      { posterior: "isotropic", activation: "relu" },
      { likelihood: { ...gaussian, variance: "learned" } },
      { likelihood: { ...gaussian, variance: "optimal" }, hidden: [] },
      { likelihood: { ...gaussian, variance: "per-pixel" } },
    ] as const
  ) {
    using vae = idleUnit(changes);
    const examples = examplesOf(60, vae.spec.dataDim);
    const expected = await evaluateVae(vae, examples, OPTIONS);
    using engine = await wasmDraws(vae, 1);
    const found = await evaluateVae(vae, examples, { ...OPTIONS, engine });
    const nll = expected.quantities.get("nll")!.value;
    assert(nll !== expected.quantities.get("nll_active_units")!.value);
    assert(nll !== found.quantities.get("nll")!.value, "an engine of its own");
    assertEquals([...found.quantities.keys()], [...expected.quantities.keys()]);
    for (const [quantity, { value, error }] of expected.quantities) {
      const own = found.quantities.get(quantity)!;
      const label = `${JSON.stringify(changes)}: ${quantity}`;
      assertAlmostEquals(own.value, value, 1e-4 * Math.abs(value), label);
      assertAlmostEquals(own.error, error, 1e-3 * error, label);
    }
    for (const [j, { active, kl, meanVariance }] of found.units.entries()) {
      const unit = expected.units[j]!;
      assertEquals(active, unit.active);
      assertAlmostEquals(kl, unit.kl, 1e-5 * unit.kl);
      assertAlmostEquals(meanVariance, unit.meanVariance, 1e-5);
    }
  }
});

Deno.test("evaluateVae() by the wasm engine has the same bytes on 1 and 2 threads", async () => {
  await openBackend("wasm");
  using vae = idleUnit({ dataDim: 50, hidden: [40] });
  const examples = examplesOf(60, 50);
  const files = [];
  // Again and again: a thread that was late to leave one program once read the
  // next, in one engine of ten.
  for (const threads of [1, ...new Array<number>(20).fill(2)]) {
    using engine = await wasmDraws(vae, threads);
    await allThreadsOf(engine, threads);
    const found = await evaluateVae(vae, examples, { ...OPTIONS, engine });
    files.push(evaluationFiles(found));
  }
  for (const found of files) assertEquals(found, files[0]);
});

Deno.test("importanceBound() by the wasm engine takes no more memory for more draws", async () => {
  await openBackend("cpu");
  using vae = besidePosterior({ shift: 0.7 });
  using engine = await wasmDraws(vae, 1);
  const sizes = [];
  for (const k of [50, 5000]) {
    await importanceBound(vae, examplesOf(3), { k, seed: 1, engine });
    sizes.push(engine.memoryBytes);
  }
  assertEquals(sizes[1], sizes[0]);
});
