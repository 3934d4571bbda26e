/** When a run ends, and which of its states is its model, by its evaluations. */

import type { RunConfig } from "./config.ts";

/** An evaluation, as far as a run's end depends on it. */
export interface Evaluated {
  /** training steps before it */
  readonly step: number;
  /** of the rows that {@linkcode endColumn} says, in nats per datapoint */
  readonly elbo: number;
}

/** What a run's end depends on beside its evaluations. */
export type EndRules = Pick<RunConfig, "steps" | "stopping" | "keep">;

/** Whether evaluations say when a run ends, or which state is its model. */
export function isRuled({ stopping, keep }: Partial<EndRules>): boolean {
  return stopping !== undefined || keep !== undefined;
}

/** The column of eval.csv that says when a run ends. */
export function endColumn(
  { validationFraction }: Pick<RunConfig, "validationFraction">,
): "elbo" | "validation_elbo" {
  return validationFraction === undefined ? "elbo" : "validation_elbo";
}

/**
 * Reads a run's end off its evaluations: after the last step, or where the rule
 * of `--stop-after` says, and with the state of which step. It is a function of
 * the evaluations alone, so that whatever process reads them finds the same.
 *
 * An evaluation has a gain where its ELBO is more than `gain` above that of the
 * last that had one; the first has. So many small steps are a gain together.
 */
export class RunEnd {
  readonly #rules: EndRules;
  /** the step of the last evaluation; 0: there is none */
  #step = 0;
  #best: Evaluated = { step: 0, elbo: -Infinity };
  #gained = -Infinity;
  #without = 0;

  constructor(rules: EndRules, evaluated: readonly Evaluated[] = []) {
    this.#rules = rules;
    for (const one of evaluated) this.add(one);
  }

  /** Adds an evaluation; their steps rise. */
  add({ step, elbo }: Evaluated): void {
    this.#step = step;
    if (elbo > this.#best.elbo) this.#best = { step, elbo };
    if (elbo > this.#gained + (this.#rules.stopping?.gain ?? 0)) {
      this.#gained = elbo;
      this.#without = 0;
    } else this.#without += 1;
  }

  /** The step of the last evaluation; 0: there is none. */
  get step(): number {
    return this.#step;
  }

  /** Whether no step follows the last evaluation. */
  get isReached(): boolean {
    const { steps, stopping } = this.#rules;
    return this.#step >= steps ||
      stopping !== undefined && this.#without >= stopping.after;
  }

  /**
   * The step whose state is the model of a run that ends now: of the highest
   * ELBO, the first of equals, with `--keep best`, or else the last.
   */
  get kept(): number {
    return this.#rules.keep === "best" ? this.#best.step : this.#step;
  }
}

/**
 * Whether a finished run's test ELBO is one that was chosen among several: the
 * test split said where it ended, or which state is its model. Such an ELBO is
 * optimistic.
 *
 * @param config of its run.json
 */
export function testChose(
  { step }: { readonly step: number },
  config: Partial<Record<keyof RunConfig, unknown>>,
): boolean {
  return config.validationFraction === undefined &&
    (config.keep === "best" || step !== config.steps);
}

/** The step that is kept of the evaluations up to a step. */
export function keptAt(
  rules: EndRules,
  evaluated: readonly Evaluated[],
  step: number,
): number {
  const until = evaluated.filter((one) => one.step <= step);
  return new RunEnd(rules, until).kept;
}
