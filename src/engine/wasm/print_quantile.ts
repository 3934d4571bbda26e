import { CENTRE, MIDDLE, TAIL } from "../../random/normal_quantile.ts";
import { horner } from "../horner.ts";

/**
 * The text of assembly/normal_quantile.ts: operation by operation that of
 * src/random, so that both give the same bits.
 */
export function quantile(): string {
  const functions = Object.entries({
    centre: CENTRE,
    middle: MIDDLE,
    tail: TAIL,
  })
    .map(([name, [numerator, denominator]]) =>
      `function ${name}(x: f64): f64 {
  ${horner("let n: f64", "x", numerator).join("\n  ")}
  ${horner("let d: f64", "x", denominator).join("\n  ")}
  return n / d;
}
`
    );
  return `// Printed by \`deno task build:wasm\` from src/random/normal_quantile.ts.

import { log64 } from "./scalar";

/** P(N(0, 1) < z) = p for p in (0, 1). */
export function normalQuantile(p: f64): f64 {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * centre(0.180625 - q * q);
  const r = Math.sqrt(-log64(q < 0 ? p : 1 - p));
  const z = r <= 5 ? middle(r - 1.6) : tail(r - 5);
  return q < 0 ? -z : z;
}

// Horner's rule from 0, as there: 0 * x + c is c for every finite x.

${functions.join("\n")}`;
}
