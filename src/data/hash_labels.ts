/** The hash of labels, which tells whether they have changed. */

import { createHash } from "node:crypto";
import type { Label } from "./labels.ts";

/** SHA-256 (hex) of names, classes and values, in their order. */
export function hashLabels(labels: readonly Label[]): string {
  const hash = createHash("sha256");
  for (const label of labels) {
    const { train, test, ...rest } = label;
    hash.update(JSON.stringify([rest, train.length, test.length]));
    for (const { buffer, byteOffset, byteLength } of [train, test]) {
      hash.update(new Uint8Array(buffer, byteOffset, byteLength));
    }
  }
  return hash.digest("hex");
}
