/** Parts of the rows that an evaluation still has to estimate. */

import type { Control } from "./device.ts";
import { type Part, partsOf } from "./draws.ts";
import type { RowEstimates } from "./estimates.ts";

/**
 * The rows in parts of at most `size`, without those that an earlier process
 * saved, which are filled in. What the caller does with a part is done, and
 * saved, when it asks for the next.
 *
 * @param stage what is estimated: unique in an evaluation
 * @param estimates of all rows, which the caller fills in
 */
export async function* partsToDo(
  { saved, onProgress }: Control,
  stage: string,
  estimates: RowEstimates,
  size: number,
): AsyncGenerator<Part> {
  const total = estimates.values.length;
  const done = saved?.restore(stage, estimates) ?? 0;
  for (const part of partsOf(total, size)) {
    const end = part.first + part.count;
    if (end <= done) continue;
    yield part;
    await saved?.keep(stage, estimates, end);
    onProgress?.(stage, end, total);
  }
}
