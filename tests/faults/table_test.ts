/** The table of faults in tests/README.md names tests that are there. */

import { assert, assertEquals } from "@std/assert";
import project from "../../deno.json" with { type: "json" };

const TESTS = new URL("../", import.meta.url);

/** Cells of the table below a heading, row by row, without its head. */
function rowsBelow(heading: string, markdown: string): string[][] {
  const below = markdown.slice(markdown.indexOf(heading));
  const [table] = /(^\|.*\n)+/m.exec(below)!;
  return table.trimEnd().split("\n").slice(2).map((line) =>
    line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim())
  );
}

/** Its code without comments; undefined: there is no such file. */
async function codeOf(path: string): Promise<string | undefined> {
  try {
    const text = await Deno.readTextFile(new URL(path, TESTS));
    return text.replaceAll(/^\s*(\/\/|\/?\*).*$/gm, "");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

Deno.test("each fault in tests/README.md has a kind, and tests that are there", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", TESTS));
  const rows = rowsBelow("## Faults", readme);
  assert(rows.length > 70, `only ${rows.length} rows were found`);
  const wrong: string[] = [];
  for (const [fault, kind, tests, ...more] of rows) {
    assertEquals([more.length, kind === "", tests === ""], [0, false, false]);
    let file = "";
    for (const named of tests!.split("; ")) {
      const [, task] = /^`deno task ([\w:-]+).*`$/.exec(named) ?? [];
      if (task !== undefined) {
        if (!(task in project.tasks)) wrong.push(`${fault}: no task ${task}`);
        continue;
      }
      // FILE, FILE: TITLE, or a TITLE of the file before; parts of titles do.
      const [, path = file, title = ""] =
        /^([\w/]+\.\w+)(?:: (.+))?$/.exec(named) ?? ["", file, named];
      const code = await codeOf(file = path);
      if (code === undefined) wrong.push(`${fault}: no file ${file}`);
      else if (!code.includes(title)) {
        wrong.push(`${fault}: nothing in ${file} is called ${title}`);
      }
    }
  }
  assertEquals(wrong, []);
});
