import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { candidatesFor, formatTile } from "../../src/engine/webgpu/tiles.ts";
import { checkpointSteps } from "../../src/results/checkpoint.ts";
import { withFolder } from "../data/helpers.ts";
import { testOnWebGpu } from "../engine/backends.ts";
import { digests, runBare, tinyNet } from "./command.ts";

const RUN = "latent-sweep/glyphs-z2-L1-seed1";

const script = "tests/experiments/device_dies.ts";

/** No candidates: none that is measured is the same. */
const ASKED = { software: "4x1/8x1", hardware: "4x1/4x4/1x8" };

function args(out: string, tiles?: string): string[] {
  const flags = {
    ...{ steps: 40, "eval-every": 20, "checkpoint-every": 5, "final-k": 0 },
    out,
  };
  return [
    ...tinyNet({ ...flags, engine: "webgpu", backend: "webgpu" }),
    ...tiles === undefined ? [] : ["--tiles", tiles],
  ];
}

/** What a command says that ends well. */
async function said(all: readonly string[]): Promise<string> {
  const { code, stderr } = await runBare(all, { script });
  assertEquals(code, 0, stderr);
  return stderr;
}

async function tilesOf(out: string): Promise<string> {
  const text = await Deno.readTextFile(`${out}/${RUN}/run.json`);
  return JSON.parse(text).engine.tiles;
}

/** Rows and pictures: run.json and checkpoints say which tiles made them. */
async function results(out: string): Promise<Record<string, string>> {
  const all = Object.entries(await digests(out));
  const found = all.filter(([path]) => /\.(csv|svg|png)$/.test(path));
  assert(found.some(([path]) => path === `${RUN}/train.csv`));
  return Object.fromEntries(found);
}

testOnWebGpu(
  "a run goes on with the tiles that it was begun with, new ones with measured ones",
  ({ adapter }) =>
    withFolder(async (folder) => {
      const asked = ASKED[adapter!.software ? "software" : "hardware"];
      const begun = `${folder}/begun`;
      const { code, stderr } = await runBare(args(begun, asked), {
        script,
      });
      assertEquals(code, 1, stderr);
      await Deno.writeTextFile(`${folder}/mended`, "");
      assertStringIncludes(stderr, `tiles ${asked}, as asked`);
      assert((await checkpointSteps(`${begun}/${RUN}.partial`)).length > 0);

      const goesOn = await said(args(begun));
      assertStringIncludes(goesOn, `tiles ${asked}, as recorded`);
      assertStringIncludes(goesOn, "continues from step");
      assertEquals(await tilesOf(begun), asked);
      assertStringIncludes(await said(args(begun)), "finished before");

      const fresh = `${folder}/fresh`;
      const notice = await said(args(fresh));
      const taken = await tilesOf(fresh);
      assert(candidatesFor(adapter!).map(formatTile).includes(taken), taken);
      assertStringIncludes(notice, `engine: webgpu with tiles ${taken}, `);
      assertEquals(await results(fresh), await results(begun));
    }),
);
