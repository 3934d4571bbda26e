/** One dispatch of products that share a kernel. */

import type { Memory, Product, ProductOperation } from "../lower.ts";
import type { Operation } from "../operations.ts";
import type { Dispatch } from "./dispatch.ts";
import { type Kernel, kernelWith } from "./kernels/kernel.ts";
import { type Addition, productKernel, writeJobs } from "./kernels/product.ts";
import type { Tile } from "./tiles.ts";

/** The products that there are kernels for: none is of a conditional model. */
export type KernelProduct = Exclude<
  ProductOperation,
  { readonly kind: "condition-gradient" }
>;

/** What a dispatch of products does beside them. */
export interface More extends Pick<Dispatch, "second"> {
  readonly addition: Addition;
  readonly constants: Kernel["constants"];
  /** its arguments */
  readonly words: readonly number[];
}

/**
 * The dispatch of jobs of one kernel.
 *
 * @param first what the first is
 * @param toState see `writeJobs`
 */
export function productDispatch(
  first: KernelProduct,
  jobs: readonly Product[],
  memory: Memory,
  tile: Tile,
  toState: Parameters<typeof writeJobs>[3],
  more?: More,
): Dispatch {
  const { addition, constants = {}, words = [], second } = more ?? {};
  const [{ activation, sources }] = jobs as [Product];
  const code = productKernel({
    ...{ form: first.kind, activation, tile },
    aligned: isAligned(first, memory),
    ...addition && { more: { addition, jobs: jobs.length } },
  });
  const written = writeJobs(first.kind, jobs, tile, toState);
  return {
    kernel: kernelWith(code, {
      ...{ JOBS: jobs.length, ...constants },
      SOURCES: addition?.isPaired ? 1 : sources.length,
    }),
    words: [...written.words, ...words],
    groups: written.tiles,
    ...second && { second },
  };
}

/** What operations must have in common to share a kernel. */
export function kernelKey(operation: Operation, memory: Memory): string {
  return JSON.stringify([
    operation.kind,
    activationOf(operation),
    isAligned(operation, memory),
    operation.kind === "input-gradient" ? operation.from.length : 1,
  ]);
}

/** Whether the rows of all weights of an operation begin at whole fours. */
function isAligned(operation: Operation, memory: Memory): boolean {
  if (operation.kind === "layer-gradient") return true;
  // Rows of latent width lie alike in all runs of a group, as in one alone.
  return layersOf(operation).every((layer) =>
    !/^encoder\/(mean|log_variance)$/.test(layer) &&
    memory.parameter(`${layer}/weight`).value.columns % 4 === 0
  );
}

/** The layers whose weights a product reads. */
function layersOf(operation: Operation): string[] {
  switch (operation.kind) {
    case "affine":
      return [operation.layer];
    case "input-gradient":
      return operation.from.map(({ layer }) => layer);
    default:
      return [];
  }
}

function activationOf(operation: Operation) {
  switch (operation.kind) {
    case "affine":
      return operation.activation;
    case "input-gradient":
      return operation.activated?.activation ?? null;
    default:
      return null;
  }
}
