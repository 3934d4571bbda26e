/**
 * Checks commands before they are run: every operand lies in what was allocated
 * for it. The module runs without checks of bounds: see wide.ts.
 */

import type { Command, CommandName } from "./commands.ts";
import * as layout from "./layout.ts";
import { type Block, roundUp } from "./memory_layout.ts";

/** Bytes that a command touches from the address in each of its arguments. */
type Extents = Readonly<Record<string, number>>;

type Values = Readonly<Record<string, number>>;

/** Bytes of so many floats, which are read and written as eights. */
const floats = (count: number) => 4 * roundUp(count, 8);

const latents = (
  { size, draws, dims, stride, logVarianceStride }: Values,
): Extents => {
  const bySize = size! * stride!;
  const byRow = size! * draws! * stride!;
  const logVariance = size! * logVarianceStride!;
  const rows = 4 * size! * draws!;
  return {
    ...{ mean: bySize, kl: bySize, meanGradient: bySize },
    ...{ logVariance, logVarianceGradient: logVariance },
    ...{ noise: byRow, z: byRow, zGradient: byRow },
    ...{ ratios: rows, logPosteriors: rows, rowWeights: rows },
    ...{ dregFactors: rows, klWeights: floats(dims!), mask: floats(dims!) },
  };
};

const outputs = ({ rows, stride }: Values): Extents => ({
  ...{ output: rows! * stride!, output2: rows! * stride! },
  ...{ sums: 4 * rows!, factors: 4 * rows!, parameter: 4 },
});

const likelihood = (v: Values): Extents => ({
  ...outputs(v),
  x: v["size"]! * v["stride"]!,
});

const terms = (
  { size, draws, dims, klRows, klStride }: Values,
): Extents => {
  const rows = 4 * size! * draws!;
  return {
    ...{ kl: klRows! * klStride!, klMeans: 8 * dims!, klWeights: 4 * dims! },
    ...{ logProbs: rows, squares: rows, ratios: rows, logPosteriors: rows },
    ...{ rowWeights: rows, factors: rows, dregFactors: rows },
    ...{ parameter: 4, parameterGradient: 4, log: 8 * (2 + dims!) },
  };
};

const chains = (
  { rows, stride, uniformStride }: Values,
): Extents => {
  const matrix = rows! * stride!;
  const byRow = 4 * rows!;
  return {
    ...{ z: matrix, gradient: matrix, momentum: matrix, momenta: matrix },
    ...{ keptZ: matrix, keptGradient: matrix, uniforms: uniformStride! },
    ...{ logProbs: byRow, squares: byRow, densities: byRow },
    ...{ keptDensities: byRow, energies: byRow, parameter: 4 },
  };
};

const numbers = ({ count, columns, stride }: Values) => ({
  out: Math.ceil(count! / columns!) * stride!,
});

const lists = (v: Values, count: number, longest: number) => {
  if (v["capacity"]! < longest) throw new Error("lists that are too short");
  return {
    x: v["rows"]! * v["stride"]!,
    counts: 4 * count,
    entries: 8 * count * v["capacity"]!,
  };
};

const isActivated = (finisher: number) =>
  finisher >= layout.ADD_BIAS &&
  finisher <= layout.ADD_BIAS_SOFTPLUS;

const update = ({ count }: Values) => ({
  ...{ values: 4 * count!, gradients: 4 * count! },
  ...{ first: 4 * count!, second: 4 * count! },
});

/** What each command touches. */
const EXTENTS: Readonly<
  Record<CommandName, (values: Values) => Extents>
> = {
  "pixels": ({ size, columns, stride }) => ({
    data: 4 * size! * columns!,
    x: size! * stride!,
  }),
  "normals": numbers,
  "row-normals": ({ size, draws, stride }) => ({
    streams: layout.STREAM_BYTES * size!,
    out: size! * draws! * stride!,
  }),
  "uniforms": numbers,
  "list-rows": (v) => lists(v, v["rows"]!, v["columns"]!),
  "list-columns": (v) => lists(v, v["columns"]!, v["rows"]!),
  "sparse-product": (v) => ({
    counts: 4 * v["rows"]!,
    entries: 8 * v["rows"]! * v["capacity"]!,
    b: v["capacity"]! * v["bStride"]!,
    c: v["rows"]! * v["stride"]!,
    bias: isActivated(v["finisher"]!) ? 4 * v["columns"]! : 0,
  }),
  "pack": ({ laneStride, depthStride, lanes, depth, width }) => ({
    source: laneStride === 4
      ? (depth! - 1) * depthStride! + 4 * roundUp(lanes!, 4)
      : (lanes! - 1) * laneStride! + 4 * depth!,
    out: 4 * roundUp(lanes!, width!) * depth!,
  }),
  "product": (v) => {
    const rows = v["tilesDown"]! * layout.TILE_ROWS;
    const columns = v["tilesAcross"]! * layout.TILE_COLUMNS;
    return {
      a: 4 * rows * v["depth"]!,
      b: 4 * roundUp(columns, layout.PANEL_COLUMNS) * v["depth"]!,
      c: (rows - 1) * v["stride"]! + 4 * columns,
      bias: isActivated(v["finisher"]!) ? 4 * columns : 0,
      activations: v["activations"] === 0
        ? 0
        : (rows - 1) * v["activationStride"]! + 4 * columns,
    };
  },
  "sum-columns": ({ rows, stride, columns }) => ({
    matrix: rows! * stride!,
    sums: floats(columns!),
  }),
  "infer": latents,
  "log-posterior": latents,
  "posterior-gradient": latents,
  "likelihood": likelihood,
  "log-likelihood": likelihood,
  "dream": (v) => {
    const matrix = v["rows"]! * v["stride"]!;
    return { ...outputs(v), x: matrix, noise: matrix };
  },
  "scale-outputs": outputs,
  "row-weights": terms,
  "sum-terms": terms,
  "spread": terms,
  "chain-density": chains,
  "chain-start": chains,
  "chain-momentum": chains,
  "chain-leap": chains,
  "chain-accept": chains,
  "sgd": update,
  "adagrad": update,
  "adam": update,
};

/**
 * Checks where each operand of a command ends. An address of 0 is of what is not
 * there.
 *
 * @param blocks all that is allocated
 * @throws {Error} an operand is not in one block, or has no address
 */
export function checkCommand(
  { name, values }: Command,
  blocks: readonly Block[],
): void {
  for (const [operand, bytes] of Object.entries(EXTENTS[name](values))) {
    const at = values[operand];
    if (at === undefined) throw new Error(`${name} has no ${operand}`);
    if (at === 0 || bytes === 0) continue;
    const isInside = blocks.some(({ start, end }) =>
      start <= at && at + bytes <= end
    );
    if (isInside) continue;
    throw new Error(
      `${name}: ${operand} at ${at} of ${bytes} bytes is not in its memory`,
    );
  }
}
