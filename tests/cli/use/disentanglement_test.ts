import { assert, assertEquals } from "@std/assert";
import { scoreRuns } from "../../../src/cli/use/disentanglement.ts";
import { disentanglement } from "../../../src/evaluate/disentanglement/scores.ts";
import { encodeRows } from "../../../src/evaluate/encode_rows.ts";
import { readCsv } from "../../../src/results/csv_table.ts";
import {
  readFinishedRun,
  restoreRun,
} from "../../../src/sweep/finished_run.ts";
import { digests, runTask } from "../../experiments/command.ts";
import { printed, withGlyphs } from "./commands.ts";

Deno.test("disentanglement: scores of a run of glyphs, and what they rest on", () =>
  withGlyphs(async (run) => {
    const flags = ["--votes", "40", "--seed", "7"];
    const said = await printed(scoreRuns, run, ...flags);
    const name = "disentanglement-votes40-seed7";
    assert(said.startsWith(`${run}: 50 rows\n  mig `), said);
    assert(said.includes("lasso"), said);
    assert(said.endsWith(`written: ${name}.csv, ${name}-units.csv`), said);

    const { data, vae } = await restoreRun(await readFinishedRun(run));
    using _ = vae;
    const { dim, mean } = await encodeRows(vae, data.test);
    const factors = data.labels!.map(({ name, kind, test }) => ({
      name,
      kind,
      values: test,
    }));
    const { scores, units } = disentanglement({ dim, values: mean }, factors);
    const rows = await readCsv(`${run}/${name}.csv`, ["value"]);
    const values = rows.map(({ quantity, value }) => [quantity, Number(value)]);
    const expected = Object.entries(scores)
      .map(([score, value]) => [score, Math.fround(value)]);
    assertEquals(
      values.slice(0, -1).map(([score, v]) => [score, Math.fround(Number(v))]),
      expected,
    );
    const [last, vote] = values.at(-1)!;
    assertEquals(last, "factor_vae");
    assert(Number.isInteger(Number(vote) * 20), `${vote} of 20 trials`);

    const table = await readCsv(`${run}/${name}-units.csv`, ["unit"]);
    assertEquals(table.map(({ unit }) => unit), ["1", "2", "3"]);
    assertEquals(
      Math.fround(Number(table[1]!["predictability_slant"])),
      Math.fround(units[1]![1]!.predictability),
    );
    assertEquals(Object.keys(table[0]!).length, 1 + 3 * 8);

    const before = await digests(run);
    assertEquals(await printed(scoreRuns, run, ...flags), said);
    assertEquals(await digests(run), before);

    // Anyone may add them to a run: a comparison leaves them out.
    await printed(scoreRuns, run, "--votes", "0");
    const { factor_vae } = Object.fromEntries(
      (await readCsv(`${run}/disentanglement-votes0.csv`))
        .map(({ quantity }) => [quantity, true]),
    );
    assertEquals(factor_vae, undefined);
    const results = run.replace(/\/latent-sweep\/.*/, "");
    const bare = `${results}/../${results.split("/").at(-1)}-bare`;
    try {
      await copyWithout(results, bare, /disentanglement/);
      const { code, stdout } = await runTask("diff", [results, bare]);
      assertEquals(code, 0, stdout);
    } finally {
      await Deno.remove(bare, { recursive: true }).catch(() => {});
    }
  }));

/** Copies a folder but for files of that name. */
async function copyWithout(
  from: string,
  to: string,
  name: RegExp,
): Promise<void> {
  await Deno.mkdir(to);
  for await (const entry of Deno.readDir(from)) {
    const [source, target] = [from, to].map((path) => `${path}/${entry.name}`);
    if (entry.isDirectory) await copyWithout(source!, target!, name);
    else if (!name.test(entry.name)) await Deno.copyFile(source!, target!);
  }
}
