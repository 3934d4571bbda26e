/** Importance weights in float64, with the path and the density kept apart. */

import { totalLatentDim, type VaeSpec } from "../../src/model/spec.ts";
import {
  type Arrays,
  drawRow,
  logLikelihoodOf,
  rowOf,
} from "../model/oracle.ts";

/** What the weights depend on, by the way in which they do. */
export interface Parameters {
  /** of the encoder that draws z */
  readonly path: Arrays;
  /** of the encoder in ln q(z|x) */
  readonly density: Arrays;
  readonly decoder: Arrays;
}

/** ln p(x|z) and ln q(z|x) - ln p(z) of each draw, [S][B]. */
export function logWeightsOf(
  spec: VaeSpec,
  parameters: Parameters,
  x: ArrayLike<number>,
  noise: ArrayLike<number>,
): { logLikelihood: number; logRatio: number }[][] {
  const { dataDim } = spec;
  const latentDim = totalLatentDim(spec);
  const count = x.length / dataDim;
  const draws = noise.length / (count * latentDim);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  return Array.from(
    { length: draws },
    (_, s) =>
      Array.from({ length: count }, (_, b) => {
        const pixels = rowOf(x, b, dataDim);
        const { z, logRatio } = drawRow(
          spec,
          parameters,
          pixels,
          rowOf(noise, s * count + b, latentDim),
        );
        return {
          logLikelihood: logLikelihoodOf(
            spec,
            parameters.decoder,
            z,
            pixels,
          ),
          logRatio: sum(logRatio),
        };
      }),
  );
}

/** ln of the mean of e^x. */
export function logMeanExp(values: readonly number[]): number {
  const largest = Math.max(...values);
  const sum = values.reduce((sum, value) => sum + Math.exp(value - largest), 0);
  return largest + Math.log(sum / values.length);
}

/** e^x / sum e^x. */
export function softmax(values: readonly number[]): number[] {
  const normaliser = logMeanExp(values) + Math.log(values.length);
  return values.map((value) => Math.exp(value - normaliser));
}
