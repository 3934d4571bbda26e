import { assertEquals, assertStringIncludes } from "@std/assert";
import { evaluate } from "../../src/cli/evaluate.ts";
import { reproduce } from "../../src/cli/reproduce.ts";
import { readRunJson } from "../../src/results/run_json.ts";
import { withFolder } from "../data/helpers.ts";
import { withFiles } from "../data/own/files.ts";
import {
  assertMistake,
  assertQuietSuccess,
  type Flags,
  runBare,
  runBareHere,
  runTask,
  taskHere,
  tinyNet,
} from "./command.ts";

const sweep = (flags: Flags) => runBareHere([...tinyNet(flags), "--quiet"]);

Deno.test("conditional runs side by side are evaluated and made again", () =>
  withFolder(async (folder) => {
    // Runs side by side: workers are sent the labels.
    const flags = {
      ...{ condition: "class", engine: "wasm", backend: "wasm" },
      ...{ jobs: 2, latent: "2,3" },
    };
    const out = `${folder}/out`;
    assertQuietSuccess(
      await runBare([...tinyNet({ ...flags, out }), "--quiet"]),
    );
    const run = `${out}/latent-sweep/glyphs-given-class-z2-L1-seed1`;
    const json = (await readRunJson(run))!;
    assertEquals(json.config["condition"], ["class"]);
    assertEquals(json.engine.name, "wasm");
    assertStringIncludes(json.command, "--condition class");

    const rows = ["--k", "5", "--rows", "20", "--quiet"];
    const snr = ["--k", "1", "--draws", "10", "--quiet"];
    for (
      const [task, more] of [["evaluate", rows], ["gradient-snr", snr]] as const
    ) {
      const { code, stderr } = await runTask(task, [run, ...more]);
      assertEquals([code, stderr], [0, ""], task);
    }
    const again = await taskHere(
      (args) => reproduce(args),
      ["--results", out],
    );
    assertStringIncludes(again.stdout, "2 runs: 2 identical");
  }));

const TABLE = ["x,y,kind\n"].concat(
  Array.from({ length: 30 }, (_, i) => `${i % 7},${i % 5},${"ab"[i % 2]}\n`),
).join("");

Deno.test("labels of one's own are part of a conditional run, and of no other", () =>
  withFiles({ "table.csv": TABLE }, async (folder) => {
    const path = `${folder}/table.csv`;
    const rows = { "final-rows": 3, "train-size": 20, "test-size": 3 };
    const flags = { ...rows, data: path, labels: "kind", out: `${folder}/out` };
    const given = { ...flags, condition: "labels" };
    assertQuietSuccess(await sweep(given));
    assertQuietSuccess(await sweep(flags));
    const folderOf = (name: string) =>
      `${flags.out}/latent-sweep/table${name}-z2-L1-seed1`;
    const run = folderOf("-given-labels");
    assertEquals((await readRunJson(run))!.config["condition"], ["labels"]);

    await Deno.writeTextFile(path, TABLE.replace("\n0,0,a", "\n0,0,b"));
    const more = ["--k", "2", "--rows", "3", "--quiet"];
    assertMistake(
      await taskHere(evaluate, [run, ...more]),
      ...["not the labels of the run", "SHA-256"],
    );
    assertMistake(await sweep(given), run, "run of other data");
    const { code } = await taskHere(evaluate, [folderOf(""), ...more]);
    assertEquals(code, 0);
  }));

Deno.test("what models cannot be given is refused in one line", () =>
  withFolder(async (folder) => {
    const refused: [Flags, string[]][] = [
      [{ condition: "class", dataset: "linear-gaussian" }, ["no labels"]],
      [{ condition: "digit" }, ["labels of glyphs are class, slant"]],
      [{ condition: "class", "train-size": 8 }, ["no train row"]],
      [{ condition: "class,class" }, ["labels that differ"]],
      [
        { condition: "class", engine: "webgpu", backend: "webgpu" },
        ["no conditional models", "--engine reference"],
      ],
    ];
    for (const [flags, parts] of refused) {
      const out = `${folder}/out`;
      assertMistake(await sweep({ ...flags, out }), ...parts);
    }
  }));
