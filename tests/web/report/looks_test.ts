import { assertEquals } from "@std/assert";
import { DASHES } from "../../../src/plot/theme.ts";
import { looksOf, viridis } from "../../../src/web/report/looks.ts";
import type {
  RunRecord,
  SettingColumn,
} from "../../../src/web/report/record/record.ts";

function setting(
  name: string,
  values: readonly string[],
  more: Partial<SettingColumn> = {},
): SettingColumn {
  const labels = values.map((value) => `${name} = ${value}`);
  return {
    ...{ name, title: name, values, labels },
    ...{ isApart: true, isOtherScale: false, ...more },
  };
}

/** A run for each of the combinations of values. */
function runsOf(...settings: readonly (readonly number[])[]): RunRecord[] {
  return settings.map((values, i) =>
    ({ name: `run-${i}`, seed: "1", settings: values }) as unknown as RunRecord
  );
}

Deno.test("looksOf() has the first setting in colour, the next in dashes, other scales in panels", () => {
  const runs = runsOf([0, 0, 0], [0, 1, 0], [0, 1, 1], [1, 1, 1]);
  const settings = [
    setting("dataset", ["a", "b"], { isOtherScale: true }),
    setting("z", ["2", "10"]),
    setting("L", ["1", "5"]),
  ];
  const looks = looksOf({ runs, settings }, "usual", false);
  assertEquals(runs.map((run) => looks.get(run)), [
    {
      facet: "dataset = a",
      label: "z = 2, L = 1",
      colour: "var(--blue)",
      dash: "",
    },
    {
      facet: "dataset = a",
      label: "z = 10, L = 1",
      colour: "var(--vermilion)",
      dash: "",
    },
    {
      facet: "dataset = a",
      label: "z = 10, L = 5",
      colour: "var(--vermilion)",
      dash: DASHES[1]!.join(" "),
    },
    {
      facet: "dataset = b",
      label: "z = 10, L = 5",
      colour: "var(--vermilion)",
      dash: DASHES[1]!.join(" "),
    },
  ]);
  const byL = looksOf({ runs, settings }, 2, false);
  assertEquals(runs.map((run) => byL.get(run)!.colour), [
    ...["var(--blue)", "var(--blue)", "var(--vermilion)", "var(--vermilion)"],
  ]);
});

Deno.test("looksOf() has no two set-ups of one look, however many there are", () => {
  const count = 12;
  const values = Array.from({ length: count }, (_, i) => `${i}`);
  const runs = runsOf(
    ...values.flatMap((_, i) => values.map((_, j) => [i, j])),
  );
  const settings = [setting("z", values), setting("L", values)];
  for (const isDark of [false, true]) {
    const looks = [...looksOf({ runs, settings }, "usual", isDark).values()];
    const seen = new Set(looks.map(({ colour, dash }) => `${colour} ${dash}`));
    assertEquals(seen.size, count ** 2);
  }
});

Deno.test("looksOf() names a run that is alone", () => {
  const runs = runsOf([]);
  const [look] = looksOf({ runs, settings: [] }, "usual", false).values();
  assertEquals(look!.label, "run-0");
});

Deno.test("viridis() is that of its authors at its ends and its middle", () => {
  assertEquals(viridis(0), "#440154");
  assertEquals(viridis(1), "#fde725");
  assertEquals(viridis(5), "#fde725");
  // Between 26828e and 1f9e89; theirs is 21918c.
  assertEquals(viridis(0.5), "#23908c");
});
