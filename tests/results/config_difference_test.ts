import { assertEquals } from "@std/assert";
import { differenceOf } from "../../src/results/config_difference.ts";
import { typedSettings } from "../../src/train/settings.ts";
import { runJson } from "./run_json_example.ts";

Deno.test("differenceOf() names the flag where there is one, and else the field", () => {
  const { config } = runJson();
  const said = (there: object, here: object) =>
    differenceOf({ ...config, ...there }, { ...config, ...here }, typedSettings)
      ?.slice("with another config (".length, -1);
  const cases: [object, object, string | undefined][] = [
    [{}, {}, undefined],
    [{ clipGradient: undefined }, {}, undefined],
    [{ batchSize: 7 }, { batchSize: 8 }, "--batch-size is 7, not 8"],
    [{}, { clipGradient: 1 }, "it has no --clip-gradient, which is 1 here"],
    [{ clipGradient: 1 }, {}, "it has --clip-gradient 1"],
    // Of a version with other settings
    [{ more: 1 }, {}, "more is 1, and here absent"],
    [{ batchSize: undefined }, { batchSize: 8 }, "batchSize is absent, not 8"],
    [{ optimizer: { name: "x" } }, {}, `optimizer.name is "x", not "adam"`],
  ];
  for (const [there, here, expected] of cases) {
    assertEquals(said(there, here), expected);
  }
});
