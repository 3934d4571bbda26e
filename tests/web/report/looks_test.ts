import { assertEquals } from "@std/assert";
import { DASHES } from "../../../src/plot/theme.ts";
import {
  facetsOf,
  looksOf as looksIn,
  viridis,
} from "../../../src/web/report/looks.ts";
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
    ...{ isOtherScale: false, ...more },
  };
}

function looksOf(
  report: Parameters<typeof facetsOf>[0],
  by: number | "usual",
  isDark: boolean,
) {
  return looksIn(facetsOf(report), report.settings, by, isDark);
}

/** A run for each of the combinations of values. */
function runsOf(...settings: readonly (readonly number[])[]): RunRecord[] {
  return settings.map((values, i) =>
    ({ name: `run-${i}`, seed: "1", settings: values }) as unknown as RunRecord
  );
}

const [BLUE, VERMILION, DASHED] = [
  "var(--blue)",
  "var(--vermilion)",
  DASHES[1]!.join(" "),
];

Deno.test("looksOf() has the first setting in colour, the next in dashes, other scales in panels", () => {
  const settings = [
    setting("dataset", ["a", "b", "c"], { isOtherScale: true }),
    setting("z", ["2", "10"]),
    setting("L", ["1", "5"]),
    setting("experiment", ["mine"], { isOtherScale: true }),
  ];
  const runs = runsOf(
    ...[[0, 0, 0, 0], [0, 1, 0, 0], [0, 1, 1, 0]],
    ...[[1, 0, 1, 0], [1, 1, 1, 0], [2, 1, 1, 0]],
  );
  const said = (looks: ReturnType<typeof looksOf>) =>
    runs.map((run) => {
      const { facet, label, colour, dash } = looks.get(run)!;
      return [facet, label, colour, dash].join("; ");
    });
  assertEquals(said(looksOf({ runs, settings }, "usual", false)), [
    `dataset = a; z = 2, L = 1; ${BLUE}; `,
    `dataset = a; z = 10, L = 1; ${VERMILION}; `,
    `dataset = a; z = 10, L = 5; ${VERMILION}; ${DASHED}`,
    `dataset = b; z = 2; ${BLUE}; `,
    `dataset = b; z = 10; ${VERMILION}; `,
    `dataset = c; run-5; ${BLUE}; `,
  ]);
  assertEquals(said(looksOf({ runs, settings }, 2, false)).slice(0, 3), [
    `dataset = a; z = 2, L = 1; ${BLUE}; `,
    `dataset = a; z = 10, L = 1; ${BLUE}; ${DASHED}`,
    `dataset = a; z = 10, L = 5; ${VERMILION}; ${DASHED}`,
  ]);
});

Deno.test("facetsOf() has experiments apart first, and says of runs what varies beside them", () => {
  const settings = [
    setting("dataset", ["a", "b"], { isOtherScale: true }),
    setting("z", ["2", "10"]),
    setting("experiment", ["one", "two"], { isOtherScale: true }),
    setting("seed", ["1", "2"]),
  ];
  const runs = runsOf([0, 0, 0, 0], [1, 0, 0, 1], [0, 0, 1, 0], [0, 1, 1, 1]);
  assertEquals(
    facetsOf({ runs, settings }).map(({ label, runs, apart }) => [
      ...[label, runs.length, apart.join()],
    ]),
    [
      ["experiment = one, dataset = a", 1, ""],
      ["experiment = one, dataset = b", 1, ""],
      ["experiment = two, dataset = a", 2, "1"],
    ],
  );
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
