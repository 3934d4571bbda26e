/** Gradient estimators at one datapoint, over many draws of the noise. */

import * as tf from "../../src/tfjs.ts";
import { ReferenceEngine } from "../../src/engine/reference.ts";
import { OPTIMIZERS } from "../../src/model/optimizers.ts";
import type { ParameterValues } from "../../src/model/parameters.ts";
import { totalLatentDim, type VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { UNWEIGHTED } from "../../src/objective/kl_weighting.ts";
import {
  importanceSamples,
  type ObjectiveSpec,
} from "../../src/objective/spec.ts";
import { stream } from "../../src/random/stream.ts";

/** A model whose parameters are one number each, and a datapoint. */
export interface Problem {
  readonly spec: VaeSpec;
  readonly initial: readonly ParameterValues[];
  /** one value */
  readonly x: Float32Array;
}

/** Datapoints in a batch: copies of the one. */
const SIZE = 4000;

/**
 * The gradient of the objective in each of many batches, by parameter. The
 * noise of a batch is the same for all estimators.
 */
export async function gradientDraws(
  { spec, initial, x }: Problem,
  { objective, batches, beta = 1 }: {
    objective: ObjectiveSpec;
    batches: number;
    beta?: number;
  },
): Promise<Map<string, Float64Array>> {
  using vae = new Vae(spec, initial);
  const options = { objective, optimizer: OPTIMIZERS.sgd };
  using engine = new ReferenceEngine(vae, options);
  const samples = importanceSamples(objective);
  const draws = new Map(
    vae.trained().map(([name]) => [name, new Float64Array(batches)]),
  );
  for (let i = 0; i < batches; i++) {
    const { terms, gradients } = engine.gradients({
      x: new Float32Array(SIZE).fill(x[0]!),
      noise: stream(11, "noise", i)
        .normals(samples * SIZE * totalLatentDim(spec)),
      size: SIZE,
      samples,
    }, { ...UNWEIGHTED, beta });
    for (const [name, gradient] of Object.entries(gradients)) {
      // The engine's gradients are those of the loss.
      draws.get(name)![i] = -(await gradient.data())[0]!;
    }
    tf.dispose([terms, gradients]);
  }
  return draws;
}
