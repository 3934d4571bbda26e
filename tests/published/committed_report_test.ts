import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { reportOf } from "../../src/cli/published.ts";

const ROOT = new URL("../../", import.meta.url);

const readText = (path: string) => Deno.readTextFile(new URL(path, ROOT));

/** The cells of the first table under a heading, links from the root. */
function tableUnder(heading: string, markdown: string, folder = ""): string[] {
  const lines = markdown.slice(markdown.indexOf(heading)).split("\n");
  const begin = lines.findIndex((line) => line.startsWith("| experiment"));
  const rows = lines.slice(begin);
  return rows.slice(0, rows.findIndex((line) => !line.startsWith("|")))
    .filter((line) => !line.startsWith("| -"))
    .map((line) =>
      line.split("|").map((cell) => cell.trim()).join("|")
        .replace("](#", `](${folder}#`)
    );
}

Deno.test("results/published is the report of the runs in results", async () => {
  const { text, figures } = await reportOf(
    fileURLToPath(new URL("results", ROOT)),
  );
  assertEquals(await readText("results/published/README.md"), text);
  for (const { name } of figures) {
    for (const kind of ["svg", "png"]) {
      await Deno.stat(new URL(`results/published/${name}.${kind}`, ROOT));
    }
  }
});

Deno.test("README has the report's summary", async () => {
  const path = "results/published/README.md";
  const summary = tableUnder(
    "# Published and obtained",
    await readText(path),
    path,
  );
  assertEquals(summary.length > 1, true);
  assertEquals(
    tableUnder("## Published curves", await readText("README.md")),
    summary,
  );
});
