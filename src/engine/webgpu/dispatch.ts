/** What a step's program has of a dispatch. */

import type { Kernel } from "./kernels/kernel.ts";

/** A run's part of one dispatch of a kernel. */
export interface Dispatch {
  readonly kernel: Kernel;
  /** the run's arguments of the kernel */
  readonly words: readonly number[];
  /** workgroups */
  readonly groups: number;
  /** those of a second row, which have another part of its work */
  readonly second?: SecondRow;
}

export interface SecondRow {
  readonly groups: number;
  /** whether it is work of the next step, which the last of a submit lacks */
  readonly isOfNext: boolean;
}
