import { assertEquals, assertStringIncludes } from "@std/assert";
import { table } from "../../src/cli/table.ts";
import { writeRun } from "../compare/results.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";
import { saidBy } from "./said.ts";

Deno.test("table has the finished runs of folders and patterns, and names the others", () =>
  withFolder(async (folder) => {
    for (const seed of [1, 2]) {
      await writeRun(`${folder}/toy`, `z2-seed${seed}`, { seed });
    }
    await writeRun(`${folder}/toy`, "z5-seed1", { config: { latentDim: 5 } });
    await writeRun(`${folder}/toy`, "z9-seed1", {
      config: { latentDim: 9 },
      record: { status: "failed" },
    });
    await Deno.mkdir(`${folder}/toy/z5-seed2.partial`);
    const rows = ["--rows", "latent_dim", "--format", "csv"];
    const said = await saidBy(() => table([folder, ...rows]));
    const lines = said.trimEnd().split("\n");
    assertEquals(lines.map((line) => line.split(",")[0]), [
      ...["latent_dim", "2", "5"],
      `${folder}/toy/z9-seed1 is left out: it failed`,
      `${folder}/toy/z5-seed2 is left out: it is not finished`,
    ]);
    assertEquals(lines[1]!.split(",")[3], "2");

    const two = await saidBy(() => table([`${folder}/*/z2-*`, ...rows]));
    assertEquals(two.trimEnd().split("\n").length, 2);
    const one = await saidBy(() => table([`${folder}/toy/z5-seed1`]));
    assertStringIncludes(one, "(1)");
    await assertUserError(
      () => table([`${folder}/toy/z3-*`]),
      "z3-*: no run is called so",
    );
    await assertUserError(() => table([folder, "--format", "tex"]), "--format");
    await assertUserError(() => table([""]), '"" is not a commit');
    await assertUserError(
      () => table([folder, "--rows", "latent_dim,latent_dim"]),
      "--rows latent_dim,latent_dim: expected names of settings",
    );
  }));
