import { fuzz, shares } from "./fuzz.ts";
import { SUBJECTS } from "./subjects.ts";

// `deno task fuzz` tries 100,000.
for (const [name, inputs] of shares(1000)) {
  Deno.test(`whatever it is given, it takes or refuses in a line: ${name}`, () =>
    fuzz(SUBJECTS[name]!, { inputs, seed: 1 }));
}
