/** Where a program finds what it computes with. */

import type { VaeSpec } from "../../model/spec.ts";
import type {
  Placed,
  PlacedParameter,
  PlacedParameters,
} from "./memory_layout.ts";

/** The places of a program's matrices and of its model's parameters. */
export class Places {
  /** of the model */
  readonly spec: VaeSpec;
  /** datapoints B */
  readonly size: number;
  /** draws of z: B times those of each datapoint */
  readonly rows: number;
  readonly #parameters: PlacedParameters;
  readonly #matrices: ReadonlyMap<string, Placed>;

  /** Of a batch of that size. */
  constructor(
    spec: VaeSpec,
    parameters: PlacedParameters,
    matrices: ReadonlyMap<string, Placed>,
    { size, rows }: { readonly size: number; readonly rows: number },
  ) {
    this.spec = spec;
    this.size = size;
    this.rows = rows;
    this.#parameters = parameters;
    this.#matrices = matrices;
  }

  /** Whether the program has a matrix of that name. */
  has(name: string): boolean {
    return this.#matrices.has(name);
  }

  /** The matrix of that name, which must be there. */
  matrix(name: string): Placed {
    const placed = this.#matrices.get(name);
    if (placed === undefined) throw new Error(`no matrix ${name}`);
    return placed;
  }

  /** The parameter of that name, which must be there. */
  parameter(name: string): PlacedParameter {
    const placed = this.#parameters.byName.get(name);
    if (placed === undefined) throw new Error(`no parameter ${name}`);
    return placed;
  }
}
