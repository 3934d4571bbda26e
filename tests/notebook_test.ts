import { assert, assertEquals } from "@std/assert";
import { DISPLAY, displayed } from "../src/notebook.ts";
import { plotRuns } from "../src/figures/plot_runs.ts";
import { tableRuns } from "../src/figures/table_runs.ts";
import { gapCurves } from "../src/plot/gap_curves.ts";
import { posteriorScatter } from "../src/plot/posterior_scatter.ts";
import { renderSvg } from "../src/plot/svg.ts";
import { ROOT } from "./experiments/command.ts";

const RUNS = [2, 10].map((z) =>
  `${ROOT}results/latent-sweep/glyphs-z${z}-L1-seed1`
);

/** What a notebook shows of a value. */
async function shownOf(value: object) {
  assert(DISPLAY in value, "it shows nothing");
  return await (value[DISPLAY] as () => unknown)();
}

Deno.test("displayed() leaves a value as it is for all but notebooks", async () => {
  const value = { a: [1, 2] };
  const same = displayed(value, () => ({ "text/plain": "one" }));
  assert(same === value);
  assertEquals(await same[DISPLAY](), { "text/plain": "one" });
  assertEquals({ ...same }, { a: [1, 2] });
  assertEquals({ ...structuredClone(value) }, { a: [1, 2] });
  assertEquals(JSON.stringify(same), '{"a":[1,2]}');
  assertEquals(Symbol.keyFor(DISPLAY), "Jupyter.display");
});

Deno.test("notebooks show figures as the SVG that is saved", async () => {
  const heading = { title: "a title" };
  const point = { samplesSeen: 1, elbo: -2, logLikelihood: -1 };
  const axis = { name: "z", values: [1, 2] };
  const figures = {
    "a title": posteriorScatter(axis, axis, null, heading),
    "ELBO against training samples seen": await plotRuns(RUNS),
  };
  for (const [title, spec] of Object.entries(figures)) {
    assertEquals(await shownOf(spec), {
      "image/svg+xml": await renderSvg(spec),
      "text/plain": title,
    });
  }
  const gaps = await gapCurves([{ run: "a", points: [point] }], -1, heading);
  assert("image/svg+xml" in (await shownOf(gaps) as object));
});

Deno.test("tableRuns() is the table of `deno task table`, which notebooks show", async () => {
  const table = await tableRuns(RUNS, { columns: ["elbo", "kl"] });
  assertEquals(table.groups.map(({ row }) => row), [["2"], ["10"]]);
  const task = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-read", "--allow-env", `${ROOT}src/cli/table.ts`],
      ...[...RUNS, "--columns", "elbo,kl"],
    ],
    cwd: ROOT,
  });
  const printed = new TextDecoder().decode((await task.output()).stdout);
  assertEquals(await shownOf(table), {
    "text/markdown": printed.trimEnd(),
    "text/plain": printed.trimEnd(),
  });
});
