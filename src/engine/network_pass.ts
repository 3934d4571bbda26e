/** The operations of one network: forward, and back to its gradients. */

import { outputsOf } from "../model/likelihood/families.ts";
import type { VaeSpec } from "../model/spec.ts";
import type { Operation, Shape, Stage } from "./operations.ts";
import { entryOf } from "./supported.ts";

function unitsOf({ hidden }: VaeSpec): number[] {
  return hidden.map((layer) => {
    if (typeof layer !== "number") throw new Error("a plan of a convolution");
    return layer;
  });
}

const gradientOf = (matrix: string) => `gradient/${matrix}`;

/** One of a network's last layers. */
export interface Head {
  /** such as `decoder/output` */
  readonly layer: string;
  /** the matrix of its values */
  readonly output: string;
  readonly columns: number;
  /** the matrix of the loss's gradient by the output */
  readonly gradient: string;
}

function encoderHeads(
  { latentDim, posterior }: VaeSpec,
  prefix: string,
): Head[] {
  const columns = {
    mean: latentDim,
    log_variance: entryOf({ diagonal: latentDim, isotropic: 1 }, posterior),
  };
  return Object.entries(columns).map(([name, columns]): Head => ({
    layer: `encoder/${name}`,
    output: `${prefix}${name}`,
    columns,
    gradient: gradientOf(`${prefix}${name}`),
  }));
}

/** The decoder's last layers, whose outputs become their own gradients. */
export function decoderHeads(
  { likelihood, dataDim }: VaeSpec,
  prefix: string,
): Head[] {
  const isPerPixel = outputsOf(likelihood) > 1;
  return ["output", ...(isPerPixel ? ["log_variance"] : [])]
    .map((name): Head => {
      const output = name === "output" ? name : `output_${name}`;
      return {
        layer: `decoder/${name}`,
        output: `${prefix}${output}`,
        columns: dataDim,
        gradient: `${prefix}${output}`,
      };
    });
}

/** A network's operations, in one pass over a matrix of inputs. */
export interface Pass {
  /** that the forward operations write */
  readonly matrices: readonly [string, Shape][];
  /** from the input to the heads' outputs */
  readonly forward: readonly Stage[];
  /** that the backward operations write, and those of the heads' gradients */
  readonly gradients: readonly [string, Shape][];
  /** from the gradients of the heads' outputs to those of the layers */
  readonly backward: readonly Stage[];
}

/**
 * The encoder's pass over `x`, or the decoder's over `z`.
 *
 * @param propagates whether the gradient by the input is computed, too
 * @param given the matrix of y by row, for a conditional model
 */
export function passOf(
  side: "encoder" | "decoder",
  spec: VaeSpec,
  { prefix = "", rows, propagates, given }: {
    prefix?: string;
    rows: number;
    propagates: boolean;
    given: string;
  },
): Pass {
  const { activation, latentDim, dataDim } = spec;
  const [units, heads, name, width] = side === "encoder"
    ? [unitsOf(spec), encoderHeads(spec, prefix), "x", dataDim] as const
    : [
      unitsOf(spec).toReversed(),
      decoderHeads(spec, prefix),
      "z",
      latentDim,
    ] as const;
  const input = `${prefix}${name}`;
  const hidden = (i: number) => i === 0 ? input : `${prefix}${side}/hidden${i}`;
  const layers = units.map((columns, i) => ({
    layer: `${side}/hidden${i + 1}`,
    input: hidden(i),
    output: hidden(i + 1),
    columns,
  }));
  const last = hidden(units.length);
  const conditionOf = (from: string) =>
    from === input && spec.conditionDim ? given : null;
  function matrix(name: string, columns: number): [string, Shape] {
    return [name, [rows, columns]];
  }

  /** Gradients of layers that share their input, and of that input. */
  function backward(
    from: string,
    outputs: readonly { layer: string; gradient: string }[],
  ): Stage {
    const layers = outputs.map(({ layer, gradient }): Operation => ({
      kind: "layer-gradient",
      input: from,
      layer,
      gradient,
    }));
    const condition = conditionOf(from);
    if (condition !== null) {
      layers.push(...outputs.map(({ layer, gradient }): Operation => ({
        kind: "condition-gradient",
        condition,
        layer,
        gradient,
      })));
    }
    if (from === input && !propagates) return layers;
    return [{
      kind: "input-gradient",
      from: outputs.map(({ layer, gradient }) => ({ layer, gradient })),
      activated: from === input ? null : { activation, values: from },
      output: gradientOf(from),
    }, ...layers];
  }
  return {
    matrices: [...layers, ...heads]
      .map(({ output, columns }) => matrix(output, columns)),
    forward: [
      ...layers.map(({ input, layer, output }): Stage => [
        {
          kind: "affine",
          input,
          condition: conditionOf(input),
          layer,
          activation,
          output,
        },
      ]),
      heads.map(({ layer, output }) => ({
        kind: "affine",
        input: last,
        condition: conditionOf(last),
        layer,
        activation: null,
        output,
      })),
    ],
    gradients: [
      ...layers.map(({ output, columns }) =>
        matrix(gradientOf(output), columns)
      ),
      ...heads.filter(({ output, gradient }) => gradient !== output)
        .map(({ gradient, columns }) => matrix(gradient, columns)),
      ...(propagates ? [matrix(gradientOf(input), width)] : []),
    ],
    backward: [
      backward(last, heads),
      ...layers.toReversed().map(({ layer, input, output }) =>
        backward(input, [{ layer, gradient: gradientOf(output) }])
      ),
    ],
  };
}
