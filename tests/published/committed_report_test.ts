import { assertEquals, assertStringIncludes } from "@std/assert";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { reportOf } from "../../src/cli/published.ts";
import { renderSvg } from "../../src/plot/svg.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";

const ROOT = new URL("../../", import.meta.url);

const readText = (path: string) => Deno.readTextFile(new URL(path, ROOT));

/** The cells of the report's summary: its head, and a row an experiment. */
function summaryOf(report: string): string[][] {
  const lines = report.split("\n");
  const begin = lines.findIndex((line) => line.startsWith("| experiment"));
  const rows = lines.slice(begin);
  return rows.slice(0, rows.indexOf(""))
    .filter((line) => !line.startsWith("| -"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
}

/** Copies what the report reads of the results that are in git. */
async function copyCommitted(folder: string): Promise<void> {
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "results/*.json", "results/*/*/eva*.csv"],
    cwd: fileURLToPath(ROOT),
  }).output();
  const paths = new TextDecoder().decode(stdout).split("\0");
  for (const path of paths.filter((path) => path !== "")) {
    await Deno.mkdir(dirname(`${folder}/${path}`), { recursive: true });
    await Deno.copyFile(new URL(path, ROOT), `${folder}/${path}`);
  }
}

Deno.test("results/published is what deno task published makes of the committed runs", () =>
  withFolder(async (folder) => {
    await copyCommitted(folder);
    const { text, figures } = await reportOf(`${folder}/results`);
    assertEquals(await readText("results/published/README.md"), text);
    for (const { name, spec } of figures) {
      assertEquals(
        await readText(`results/published/${name}.svg`),
        await renderSvg(spec),
      );
    }
  }));

Deno.test("a report of a folder that is not there is refused", () =>
  assertUserError(() => reportOf("/nonexistent"), "/nonexistent", "--results"));

Deno.test("README has how many numbers the report has of each verdict", async () => {
  const [head, ...rows] = summaryOf(
    await readText("results/published/README.md"),
  );
  const total = (column: string) =>
    rows.reduce((sum, row) => sum + Number(row[head!.indexOf(column)]), 0);
  const nearly = total("agrees within 1") + total("agrees within 2");
  const readme = (await readText("README.md")).replaceAll(/\s+/g, " ");
  assertStringIncludes(
    readme,
    `Of ${total("numbers")} numbers ${total("agrees") + nearly} agree ` +
      `(${total("agrees")} outright, ${nearly} within 1 or 2), ` +
      `${total("differs")} differ, and ${total("undecided (one seed)")} are ` +
      "undecided for want of more than one seed.",
  );
});
