/** Logits of means, to start from. */

import { log } from "../../elementary.ts";

/** How close to 0 and 1 a pixel's mean may come before its logit is taken. */
const CLIP = 0.001;

/** The largest logit to start from: training must be able to move it. */
export const LARGEST_LOGIT: number = log((1 - CLIP) / CLIP);

/** log(p / (1 - p)), clipped. */
export function clippedLogit(p: number): number {
  const clipped = Math.min(Math.max(p, CLIP), 1 - CLIP);
  return log(clipped / (1 - clipped));
}
