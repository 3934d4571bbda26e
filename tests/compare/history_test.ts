import { assertEquals } from "@std/assert";
import { historyOf } from "../../src/compare/history.ts";
import { Git } from "../../src/git.ts";
import { withFolder } from "../data/helpers.ts";

/** A commit of all files of a folder. */
async function commitAll(folder: string, subject: string): Promise<void> {
  const by = ["-c", "user.name=a", "-c", "user.email=a@b"];
  for (
    const args of [["init", "-q"], ["add", "-A"], [
      ...by,
      ...["commit", "-q", "-m", subject],
    ]]
  ) {
    const { success } = await new Deno.Command("git", { args, cwd: folder })
      .output();
    assertEquals(success, true);
  }
}

Deno.test("historyOf() has the value of the state that a run kept", () =>
  withFolder(async (folder) => {
    const run = `${folder}/results/e/r`;
    await Deno.mkdir(run, { recursive: true });
    const write = async (elbos: number[], ended?: object) => {
      const rows = elbos.map((elbo, i) => `${i + 1},${elbo}\n`).join("");
      await Deno.writeTextFile(`${run}/eval.csv`, `step,elbo\n${rows}`);
      await Deno.writeTextFile(`${run}/run.json`, JSON.stringify({ ended }));
    };
    await write([-3, -2, -4]);
    await commitAll(folder, "the last");
    await write([-3, -2, -4, -5], { step: 4, kept: 2 });
    await commitAll(folder, "the best");
    await using git = await Git.open(folder);
    const rows = await historyOf(git, {
      ...{ revision: "HEAD", results: "results", experiment: "e" },
      column: "elbo",
    });
    assertEquals(
      rows.map(({ subject, step, value }) => [subject, step, value]),
      [["the last", "3", "-4"], ["the best", "2", "-2"]],
    );
  }));
