/**
 * The three products of a layer with weights W, input A and G, the gradient of
 * its output:
 *
 * - `affine`: activation(A W + bias);
 * - `input-gradient`: sum over layers of G W', times activation';
 * - `layer-gradient`: A' G, and below it the bias's, the sum of G's rows.
 */
export type ProductForm = "affine" | "input-gradient" | "layer-gradient";

/** What the entry point of a product kernel is made with. */
export interface MainOptions {
  /** what an invocation begins with */
  readonly begin: string;
  /** code that stores four sums from (row, column) on */
  readonly finish: string;
  /** whether there are `others`, sums of the job's second source, as well */
  readonly isPaired: boolean;
}

/** Lines, one for each number below n. */
export function each(n: number, line: (i: number) => string): string {
  return Array.from({ length: n }, (_, i) => line(i)).join("\n");
}

/**
 * Statements that find the job of a workgroup, and its tile: the tiles of a
 * dispatch are numbered through its jobs.
 */
export const FIND_JOB = /* wgsl */ `
  var number = 0u;
  while (number + 1u < JOBS && group.x >= jobOf(group.z, number + 1u).firstTile) {
    number++;
  }
  let job = jobOf(group.z, number);
  let tile = group.x - job.firstTile;`;
