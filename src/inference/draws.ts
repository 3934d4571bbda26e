/** The keyed randomness of chains [S, B]. */

import { tf } from "../lazy_tfjs.ts";
import { type Stream, stream } from "../random/stream.ts";

/**
 * The key of an estimate. Datapoint b draws from the streams of (seed,
 * "inference", firstRow + b, part) alone: a data set that is
 * estimated in chunks has the same draws as one that is estimated at once.
 */
export interface InferenceKey {
  /** an integer in 0..2^53-1 */
  readonly seed: number;
  /** the row of datapoint 0 in the data set; 0 if absent */
  readonly firstRow?: number;
}

/** Chains that must not share draws. */
const CHAINS = { hmc: 0, aisPilot: 1, ais: 2 } as const;

/** What the draws of one transition are for. */
const USES = { momentum: 0, acceptance: 1, jitter: 2, start: 3 } as const;

/** The most transitions that the streams of one kind of chains allow. */
const MAX_TRANSITIONS = 2 ** 26;

/** Draws for S chains at each of B datapoints; chain s takes the s-th. */
export interface ChainDraws {
  /** from N(0, I), [S, B, d] */
  start(): tf.Tensor;
  /** from N(0, I), [S, B, d] */
  momentum(transition: number): tf.Tensor;
  /** from (0, 1), [S, B] */
  acceptance(transition: number): tf.Tensor;
  /** from (0, 1), [S, B] */
  jitter(transition: number): tf.Tensor;
}

export function chainDraws(
  { seed, firstRow = 0 }: InferenceKey,
  kind: keyof typeof CHAINS,
  [chains, count, latentDim]: readonly [number, number, number],
): ChainDraws {
  /** [S, B, width]; of each datapoint `draw` gives [S, width]. */
  function fill(
    use: keyof typeof USES,
    transition: number,
    width: number,
    draw: (stream: Stream, n: number) => ArrayLike<number>,
  ): Float32Array {
    if (transition >= MAX_TRANSITIONS) {
      throw new RangeError(`more than ${MAX_TRANSITIONS} transitions`);
    }
    const part = 4 * (CHAINS[kind] * MAX_TRANSITIONS + transition) + USES[use];
    const values = new Float32Array(chains * count * width);
    for (let b = 0; b < count; b++) {
      const drawn = draw(
        stream(seed, "inference", firstRow + b, part),
        chains * width,
      );
      for (let s = 0; s < chains; s++) {
        for (let j = 0; j < width; j++) {
          values[(s * count + b) * width + j] = drawn[s * width + j]!;
        }
      }
    }
    return values;
  }

  const normals = (use: "start" | "momentum", transition: number) =>
    tf.tensor(
      fill(use, transition, latentDim, (stream, n) => stream.normals(n)),
      [chains, count, latentDim],
    );
  const uniforms = (use: "acceptance" | "jitter", transition: number) =>
    tf.tensor(
      fill(use, transition, 1, (stream, n) => stream.uniforms(n)),
      [chains, count],
    );
  return {
    start: () => normals("start", 0),
    momentum: (transition) => normals("momentum", transition),
    acceptance: (transition) => uniforms("acceptance", transition),
    jitter: (transition) => uniforms("jitter", transition),
  };
}
