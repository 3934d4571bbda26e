/**
 * First-order optimisers in tfjs ops: every hyper-parameter is an argument,
 * and the state is a list of plain arrays.
 *
 * tfjs's own hide some: its Adagrad fixes epsilon, inside the root, and its
 * Adam's epsilon depends on the backend; restored from their weights they go
 * on inexactly.
 */

import { tf } from "../lazy_tfjs.ts";
import { field, type Fields } from "../config/field.ts";
import { type Members, settingsOf } from "../config/union.ts";
import { fraction, nonNegative, positive } from "../config/value.ts";
import { type Names, namesOf, rowOf, type TableRow } from "../table.ts";

/** Which optimiser, with all its hyper-parameters; the step size is apart. */
export type OptimizerSpec =
  | { readonly name: "sgd" }
  | {
    /** Duchi et al. 2011: p -= rate g / (sqrt(sum g^2) + epsilon) */
    readonly name: "adagrad";
    /** sum g^2 before the first step */
    readonly initialAccumulator: number;
    readonly epsilon: number;
  }
  | {
    /** Kingma & Ba 2015, algorithm 1: epsilon is outside the root */
    readonly name: "adam";
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
  };

/** The hyper-parameters that each optimiser's paper suggests. */
export const OPTIMIZERS = {
  sgd: { name: "sgd" },
  adagrad: { name: "adagrad", initialAccumulator: 0, epsilon: 1e-10 },
  adam: { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
} as const satisfies Record<OptimizerSpec["name"], OptimizerSpec>;

const epsilon = (value: number) =>
  field<number>("epsilon", {
    value: positive(),
    help: "added to the square root that gradients are divided by",
    default: String(value),
  });

const decay = (flag: string, moment: string, value: number) =>
  field<number>(flag, {
    value: fraction(),
    help: `decay of the ${moment} moment`,
    default: String(value),
  });

/** All that depends on the name of an optimiser, given its settings. */
interface OptimizerRow<Spec> extends TableRow {
  readonly settings: Fields<Omit<Spec, "name">>;
  /** the step size where no other is given */
  readonly learningRate: number;
  /** the initial values of its arrays, each of the parameter's shape */
  fills(spec: Spec): number[];
  /**
   * What is subtracted from the parameter, but for the factor of the step size.
   *
   * @param arrays the parameter's, which the call updates
   * @param step from 1
   */
  direction(
    gradient: tf.Tensor,
    arrays: readonly tf.Variable[],
    spec: Spec,
    step: number,
  ): tf.Tensor;
}

/** All optimisers by name. */
export const OPTIMIZER_TABLE: {
  readonly [N in OptimizerSpec["name"]]: OptimizerRow<
    Extract<OptimizerSpec, { readonly name: N }>
  >;
} = {
  sgd: {
    settings: {},
    learningRate: 0.0001,
    fills: () => [],
    direction: (gradient) => gradient,
  },
  adagrad: {
    settings: {
      initialAccumulator: field("initial-accumulator", {
        value: nonNegative(),
        help: "sum of squared gradients before the first step",
        default: String(OPTIMIZERS.adagrad.initialAccumulator),
      }),
      epsilon: epsilon(OPTIMIZERS.adagrad.epsilon),
    },
    learningRate: 0.02,
    fills: ({ initialAccumulator }) => [initialAccumulator],
    direction(gradient, arrays, { epsilon }) {
      const [sum] = arrays as [tf.Variable];
      sum.assign(tf.add(sum, tf.square(gradient)));
      return tf.div(gradient, tf.add(tf.sqrt(sum), epsilon));
    },
  },
  adam: {
    settings: {
      beta1: decay("beta1", "first", OPTIMIZERS.adam.beta1),
      beta2: decay("beta2", "second", OPTIMIZERS.adam.beta2),
      epsilon: epsilon(OPTIMIZERS.adam.epsilon),
    },
    learningRate: 0.001,
    fills: () => [0, 0],
    direction(gradient, arrays, { beta1, beta2, epsilon }, step) {
      const [first, second] = arrays as [tf.Variable, tf.Variable];
      first.assign(tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1)));
      second.assign(
        tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2)),
      );
      // tfjs rounds otherwise on each machine anyway.
      // deno-lint-ignore elbo-lab-maths/no-host-maths
      const unbiasedFirst = tf.mul(first, 1 / (1 - beta1 ** step));
      // deno-lint-ignore elbo-lab-maths/no-host-maths
      const unbiasedSecond = tf.mul(second, 1 / (1 - beta2 ** step));
      return tf.div(unbiasedFirst, tf.add(tf.sqrt(unbiasedSecond), epsilon));
    },
  },
};

export const OPTIMIZER_NAMES: Names<OptimizerSpec["name"]> = namesOf(
  OPTIMIZER_TABLE,
);

/** The settings of each optimiser, as flags and run.json have them. */
export const OPTIMIZER_SETTINGS: Members<OptimizerSpec, "name"> = settingsOf(
  OPTIMIZER_TABLE,
);

/** What the names of an optimiser's arrays begin with. */
export const OPTIMIZER_ARRAYS = "optimizer/";

/** The initial values of an optimiser's arrays for each parameter. */
export function fillsOf(spec: OptimizerSpec): number[] {
  const row: OptimizerRow<OptimizerSpec> = rowOf(
    OPTIMIZER_TABLE,
    spec.name,
    "optimiser",
  );
  return row.fills(spec);
}

/** The state of an optimiser for one list of parameters. */
export class Optimizer {
  readonly spec: OptimizerSpec;
  readonly #weightDecay: number;
  /** arrays of the parameters' shapes, as many as the row has fills */
  readonly state: ReadonlyMap<string, tf.Variable>[];
  readonly #row: OptimizerRow<OptimizerSpec>;
  /** updates done */
  step = 0;

  /**
   * Makes the state for the parameters, as before the first step.
   *
   * @param weightDecay W: the loss has W |theta|^2 / 2 beside what its
   *   gradients are of
   */
  constructor(
    spec: OptimizerSpec,
    parameters: readonly (readonly [string, tf.Variable])[],
    weightDecay = 0,
  ) {
    this.spec = spec;
    this.#weightDecay = weightDecay;
    const filled = (value: number) =>
      new Map(parameters.map(([name, { shape }]) => [
        name,
        tf.tidy(() => tf.variable(tf.fill(shape, value))),
      ]));
    this.#row = rowOf(OPTIMIZER_TABLE, spec.name, "optimiser");
    this.state = fillsOf(spec).map(filled);
  }

  /**
   * One step down the gradients, in place.
   *
   * @param gradients by name, of the loss to be minimised but for the decay
   */
  update(
    parameters: readonly (readonly [string, tf.Variable])[],
    gradients: Readonly<Record<string, tf.Tensor>>,
    learningRate: number,
  ): void {
    this.step += 1;
    for (const [name, parameter] of parameters) {
      const gradient = gradients[name];
      if (gradient === undefined) throw new Error(`no gradient of ${name}`);
      tf.tidy(() => {
        const direction = this.#row.direction(
          this.#decayed(gradient, parameter),
          this.state.map((arrays) => arrays.get(name)!),
          this.spec,
          this.step,
        );
        parameter.assign(tf.sub(parameter, tf.mul(direction, learningRate)));
      });
    }
  }

  /** The state's arrays by name: `optimizer/1/encoder/mean/weight`. */
  variables(): [string, tf.Variable][] {
    return this.state.flatMap((arrays, i) =>
      [...arrays].map(([name, variable]): [string, tf.Variable] => [
        `${OPTIMIZER_ARRAYS}${i + 1}/${name}`,
        variable,
      ])
    );
  }

  dispose(): void {
    for (const arrays of this.state) {
      for (const variable of arrays.values()) variable.dispose();
    }
  }

  #decayed(gradient: tf.Tensor, parameter: tf.Variable): tf.Tensor {
    // Without decay nothing is added, not even 0, which would turn -0 to 0.
    return this.#weightDecay === 0
      ? gradient
      : tf.add(gradient, tf.mul(parameter, this.#weightDecay));
  }
}
