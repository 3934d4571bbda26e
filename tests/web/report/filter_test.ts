import { assertEquals } from "@std/assert";
import { filterOf } from "../../../src/web/report/filter.ts";
import type {
  Report,
  RunRecord,
} from "../../../src/web/report/record/record.ts";

const SETTINGS: Report["settings"] = [{
  name: "beta",
  title: "",
  values: ["0.5", "1", "4"],
  labels: ["\u03b2 = 0.5", "\u03b2 = 1", "\u03b2 = 4"],
  isOtherScale: false,
}];
const QUANTITIES = [{ name: "elbo", title: "" }];

const runs = [0, 1, 2].map((value): RunRecord => ({
  path: `results/toy/Run-${value}`,
  name: `Run-${value}`,
  status: "finished",
  progress: null,
  ended: null,
  seed: "1",
  settings: [value],
  group: value,
  finals: [value === 2 ? null : -100 - value],
  ...{ test: null, train: null, other: null, kl: null },
  ...{ pictures: [], provenance: [] },
}));

function left(typed: string): string {
  const isLeft = filterOf(typed, {
    settings: SETTINGS,
    quantities: QUANTITIES,
  });
  return runs.filter(isLeft).map(({ group }) => group).join("");
}

Deno.test("filterOf() takes texts, settings and final numbers, all of them", () => {
  assertEquals(left(""), "012");
  assertEquals(left("  run-1 "), "1");
  assertEquals(left("toy run"), "012");
  assertEquals(left("nothing"), "");
  assertEquals(left("beta=1"), "1");
  assertEquals(left("beta=1.0"), "1");
  assertEquals(left("BETA!=1"), "02");
  assertEquals(left("beta>0.5"), "12");
  assertEquals(left("beta<=1 beta>=1"), "1");
  assertEquals(left("elbo>-101"), "0");
  assertEquals(left("elbo<=-101"), "1");
  assertEquals(left("elbo<0"), "01");
});

Deno.test("filterOf() takes what it does not know for a text", () => {
  assertEquals(left("gamma=1"), "");
  assertEquals(left("=4"), "");
  assertEquals(left("beta="), "");
  assertEquals(left("\u03b2"), "012");
});
