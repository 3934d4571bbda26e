/**
 * `deno task fuzz [SUBJECT...] [--inputs N] [--seed S]`: gives 100,000 inputs,
 * or N, to all readers and command lines, or to some.
 */

import { parseArgs } from "@std/cli";
import { fuzz, shares } from "./fuzz.ts";
import { SUBJECTS } from "./subjects.ts";

const { _: names, inputs, seed } = parseArgs(Deno.args, {
  string: ["_", "inputs", "seed"],
});
let wrong = 0;
for (const [name, share] of shares(Number(inputs ?? 1e5))) {
  if (names.length > 0 && !names.includes(name)) continue;
  const begin = performance.now();
  const amount = { inputs: share, seed: Number(seed ?? 1) };
  try {
    await fuzz(SUBJECTS[name]!, amount);
  } catch (error) {
    wrong += 1;
    console.log((error as Error).message.slice(0, 3000));
    console.log((error as Error).cause ?? "");
  }
  const seconds = Math.round((performance.now() - begin) / 1000);
  console.log(`${name}: ${share} inputs in ${seconds} s`);
}
console.log(wrong === 0 ? "nothing found" : `${wrong} subjects fail`);
Deno.exitCode = wrong === 0 ? 0 : 1;
