import { assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { tableOf } from "../../src/figures/run_table.ts";
import { TABLE_FORMATS } from "../../src/figures/table_text.ts";
import { assertUserError } from "../data/helpers.ts";
import { runOf } from "./runs.ts";

const ELBOS = { 2: [-10, -12, -14], 10: [-5] };

/** Runs of two latent dimensions, with three seeds and one. */
const RUNS = Object.entries(ELBOS).flatMap(([z, elbos]) =>
  elbos.map((elbo, seed) =>
    runOf({ latentDim: Number(z), seed }, [[-99, 0, 0], [elbo, elbo + 1, 1]])
  )
);

Deno.test("tableOf() has the mean of the last evaluation over seeds, with its t interval", async () => {
  const failed = runOf({ latentDim: 2, seed: 9 }, [], { status: "failed" });
  const table = await tableOf([...RUNS, failed], { columns: ["elbo", "nll"] });
  assertEquals([table.rows, table.across], [["latent"], []]);
  assertEquals(table.groups.map(({ row }) => row), [["2"], ["10"]]);
  const [elbo, nll] = table.groups[0]!.cells;
  // qt(0.975, 2) of R is 4.302652729911275.
  const half = 4.302652729911275 * 2 / Math.sqrt(3);
  assertEquals([elbo!.n, elbo!.mean, elbo!.sd], [3, -12, 2]);
  assertAlmostEquals(elbo!.low, -12 - half, 1e-9);
  assertAlmostEquals(elbo!.high, -12 + half, 1e-9);
  assertEquals([nll!.n, nll!.mean], [3, 7]);
  assertEquals(table.groups[1]!.cells[0]!.n, 1);
});

Deno.test("tableOf() refuses to average runs that differ in more than their seed", async () => {
  const columns = ["elbo"];
  const other = runOf({ latentDim: 2, seed: 5, learningRate: 0.5 }, [
    [-1, 0, 1],
  ]);
  const mixed = [...RUNS, other];
  const refused: [() => Promise<unknown>, ...string[]][] = [
    [() => tableOf(mixed, { rows: ["latent_dim"], columns }), "learning_rate"],
    [() => tableOf(RUNS, { rows: [], columns }), "--rows none", "latent_dim"],
    [() => tableOf([...RUNS, RUNS[0]!], { columns }), "made twice"],
    [() => tableOf(RUNS, { rows: ["latnet"], columns }), "--rows latnet"],
    [() => tableOf(RUNS, { columns: ["ebo"] }), "--columns ebo", "elbo?"],
    [
      () => tableOf([{ ...RUNS[0]!, status: "failed" }], { columns }),
      "none of 1 run is finished",
    ],
    [
      () =>
        tableOf(RUNS, { rows: ["latent"], columns: ["latent_dim", "elbo"] }),
      "--columns latent_dim: it has rows",
    ],
  ];
  for (const [made, ...parts] of refused) await assertUserError(made, ...parts);
  const { rows, groups } = await tableOf(mixed, { columns });
  assertEquals([rows, groups.length], [["latent", "learning-rate"], 3]);
});

Deno.test("tables are written as CSV, Markdown and LaTeX, with settings along both sides", async () => {
  const by = async (format: keyof typeof TABLE_FORMATS, columns: string[]) =>
    TABLE_FORMATS[format].of(await tableOf(RUNS, { columns }));
  const csv = await by("csv", ["elbo"]);
  // The interval's ends are those of the test above.
  assertEquals(csv.map((line) => line.replace(/(\.\d{6})\d+/g, "$1")), [
    "latent_dim,elbo_mean,elbo_sd,elbo_n,elbo_low,elbo_high",
    "2,-12,2,3,-16.968275,-7.031724",
    "10,-5,,1,,",
  ]);
  const legend =
    "mean ± standard deviation [95 % t interval of the mean] (seeds)";
  assertEquals(await by("markdown", ["elbo", "kl"]), [
    "| latent_dim | elbo | kl |",
    "| --- | --- | --- |",
    "| 2 | -12.0 ± 2.0 [-17.0, -7.0] (3) | 1.000 ± 0.000 [1.000, 1.000] (3) |",
    "| 10 | -5.000 (1) | 1.000 (1) |",
    "",
    legend,
  ]);
  assertEquals(await by("latex", ["latent_dim", "elbo"]), [
    "% mean +- standard deviation [95 per cent t interval of the mean] (seeds)",
    "\\begin{tabular}{ll}",
    "\\toprule",
    "elbo, z = 2 & elbo, z = 10 \\\\",
    "\\midrule",
    "$-12.0 \\pm 2.0$ $[-17.0, -7.0]$ ($3$) & $-5.000$ ($1$) \\\\",
    "\\bottomrule",
    "\\end{tabular}",
  ]);
  const [, , , head] = await by("latex", ["elbo"]);
  assertEquals(head, "latent\\_dim & elbo \\\\");
});

Deno.test("tables say of which numbers the test split chose the state", async () => {
  const rows = [[-10, -9, 1], [-12, -11, 1]] as const;
  const ended = { step: 2, kept: 1 };
  const best = { steps: 2, keep: "best" } as const;
  const chosen = runOf({ ...best, latentDim: 2 }, rows, { ended });
  const keptOut = runOf(
    { ...best, latentDim: 3, validationFraction: 0.1 },
    rows,
    { ended },
  );
  const by = async (
    format: keyof typeof TABLE_FORMATS,
    runs = [chosen, keptOut],
  ) =>
    TABLE_FORMATS[format].of(
      await tableOf(runs, {
        rows: ["latent", "validation-fraction"],
        columns: ["elbo"],
      }),
    );
  const csv = await by("csv");
  assertEquals(csv.map((line) => line.split(",").at(-1)), [
    ...["chosen_by", "test split", ""],
  ]);
  const markdown = await by("markdown");
  assertEquals(markdown.slice(2, 4), [
    "| 2 |  | -10.00 (1) † |",
    "| 3 | 0.1 | -10.00 (1) |",
  ]);
  assertMatch(
    markdown.at(-1)!,
    /; †: the test split chose the end or the state of a run$/,
  );
  const latex = await by("latex");
  assertMatch(
    latex[1]!,
    /^% dagger: the test split chose the end or the state of a run$/,
  );
  assertEquals(latex.filter((line) => line.includes("dagger$")).length, 1);
  for (const format of ["csv", "markdown", "latex"] as const) {
    const text = (await by(format, [keptOut])).join("\n");
    assertEquals(/chose|†|dagger/.test(text), false, text);
  }
});
