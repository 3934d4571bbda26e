import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { plot } from "../../src/cli/plot.ts";
import { writeRun } from "../compare/results.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";

Deno.test("plot draws runs of several folders into a file, as SVG and PNG", () =>
  withFolder(async (folder) => {
    await writeRun(`${folder}/a/toy`, "z2-seed1");
    await writeRun(`${folder}/b/toy`, "z2-seed2", { seed: 2 });
    await writeRun(`${folder}/b/toy`, "z5-seed1", { config: { latentDim: 5 } });
    const out = `${folder}/curves.svg`;
    const runs = [`${folder}/a`, `${folder}/b/toy`];
    await plot([...runs, "--width", "8cm", "--out", out]);
    const svg = await Deno.readTextFile(out);
    for (const text of ["z = 2", "z = 5", "training samples seen"]) {
      assertStringIncludes(svg, `>${text}<`);
    }
    assertStringIncludes(svg, "over 1 to 2 seeds");
    await plot([...runs, "--x", "latent", "--y", "kl", "--out", `${out}.png`]);
    const png = await Deno.readFile(`${out}.png`);
    assertEquals(
      [...png.subarray(1, 4)],
      [..."PNG"].map((c) => c.charCodeAt(0)),
    );
    assert(png.length > 5000);
    await assertUserError(
      () => plot([runs[0]!, "--out", out]),
      "--out",
      "exists",
    );
  }));

Deno.test("plot refuses what it cannot draw, in one line", () =>
  withFolder(async (folder) => {
    await writeRun(`${folder}/toy`, "z2-seed1");
    const mistakes: [string[], string][] = [
      [["--width", "3"], "expected a width from 1in to 20in"],
      [["--width", "90in"], "expected a width from 1in to 20in"],
      [["--band", "cl"], "did you mean ci?"],
      [["--y", "elbo,elbo"], "values that differ"],
      [["--out", "figure.gif"], "NAME.svg"],
      [["--facet", "latent_dims"], "did you mean latent_dim?"],
      [["--split", "train", "--x", "latent_dim"], "has no effect with --x"],
    ];
    for (const [flags, said] of mistakes) {
      await assertUserError(() => plot([folder, ...flags]), flags[1]!, said);
    }
    await assertUserError(() => plot([`${folder}/none`]), "none");
    await Deno.remove(`${folder}/toy/z2-seed1/eval.csv`);
    await assertUserError(
      () => plot([folder]),
      "none has a file of its numbers",
    );
  }));
