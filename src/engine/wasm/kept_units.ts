/** A model without some of its latent dimensions, as parameters. */

import type { ParameterValues } from "../../model/parameters.ts";
import { DECODER_LOG_VARIANCE, type VaeSpec } from "../../model/spec.ts";

/**
 * The same q(z|x) as one of a diagonal covariance: an isotropic posterior is
 * diagonal with equal variances, which the same weights give.
 */
export function asDiagonal(
  spec: VaeSpec,
  parameters: readonly ParameterValues[],
): { spec: VaeSpec; parameters: ParameterValues[] } {
  const { latentDim, posterior } = spec;
  const isOne = (name: string) =>
    posterior === "isotropic" && name.startsWith("encoder/log_variance/");
  return {
    spec: { ...spec, posterior: "diagonal" },
    parameters: parameters.map(({ name, shape, values }) =>
      !isOne(name) ? { name, shape, values } : {
        name,
        shape: [...shape.slice(0, -1), latentDim],
        values: Float32Array.from(
          { length: values.length * latentDim },
          (_, i) => values[Math.floor(i / latentDim)]!,
        ),
      }
    ),
  };
}

/**
 * The parameters with which all other latent dimensions have q(z_j|x) =
 * p(z_j), so that their ratios are 0, and are not decoded.
 *
 * @param spec of a diagonal posterior
 */
export function keepUnits(
  { latentDim, hidden }: VaeSpec,
  parameters: readonly ParameterValues[],
  kept: readonly boolean[],
): ParameterValues[] {
  const decoding = hidden.length > 0
    ? ["decoder/hidden1/weight"]
    : ["decoder/output/weight", `${DECODER_LOG_VARIANCE}/weight`];
  return parameters.map(({ name, shape, values }) => {
    // Latent dimensions are columns of the encoder's heads and rows of the
    // decoder's first layer.
    const unitOf = /^encoder\/(mean|log_variance)\//.test(name)
      ? (i: number) => i % latentDim
      : decoding.includes(name)
      ? (i: number) => Math.floor(i / shape[1]!)
      : null;
    return unitOf === null ? { name, shape, values } : {
      name,
      shape,
      values: values.map((value, i) => kept[unitOf(i)] ? value : 0),
    };
  });
}
