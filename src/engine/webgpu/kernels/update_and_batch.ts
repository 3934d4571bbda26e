/**
 * What ends a step, beside the gradients of all layers: each parameter is
 * updated where its gradient is, and workgroups of the second row make the batch
 * of the next step, as many values each as in the kernel of the batch alone.
 */

import * as layout from "../layout.ts";
import { invocationsOf, type Tile } from "../tiles.ts";
import { BATCH_FUNCTIONS, batchStruct } from "./batch.ts";
import { type Addition, storeGradients } from "./product.ts";
import type { UpdateCode } from "./update.ts";

/** Of the last product of a step; its own arguments are those of the batch. */
export function updateAndBatch(update: UpdateCode, tile: Tile): Addition {
  return {
    label: "update, next batch",
    struct: batchStruct("Own") + "\nalias Batch = Own;",
    functions: update.functions + BATCH_FUNCTIONS,
    buffers: update.buffers,
    begin: /* wgsl */ `
if (group.y == 1u) {
  ahead = 1u;
  let batch = commands[toldAhead(group.z, ${layout.RUN}u)].own;
  for (var i = index; i < ${layout.WORKGROUP}u; i += ${invocationsOf(tile)}u) {
    makeBatch(group.z, batch, group.x * ${layout.WORKGROUP}u + i);
  }
  return;
}
readSettings(group.z);`,
    finish: storeGradients(
      "update(at + q, sums[q], at + q + job.toFirst, at + q + job.toSecond);",
    ),
  };
}
