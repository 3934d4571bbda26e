import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { hasWideOperations, V8_FLAGS } from "../../src/engine/wasm/wide.ts";
import { withFolder } from "../data/helpers.ts";
import { runBare, timingOf, tinyNet } from "./command.ts";

Deno.test("V8's flags are in run.json, and change no byte of a run", () =>
  withFolder(async (folder) => {
    const flags = V8_FLAGS.join(",");
    const start = (out: string, env: Record<string, string>) =>
      runBare(
        tinyNet({ out: `${folder}/${out}`, engine: "wasm" }),
        { env },
      );
    const [without, wide] = await Promise.all([
      start("without", {}),
      start("wide", { DENO_V8_FLAGS: flags }),
    ]);
    assertEquals([without.code, wide.code], [0, 0], wide.stderr);
    const hint = `DENO_V8_FLAGS=${flags}`;
    assert(!wide.stderr.includes(hint), wide.stderr);
    if (hasWideOperations()) assertStringIncludes(without.stderr, hint);

    const place = "latent-sweep/glyphs-z2-L1-seed1";
    const of = async (out: string) =>
      (await timingOf(`${folder}/${out}/${place}`)).v8Flags;
    assertEquals(await of("without"), []);
    assertEquals(await of("wide"), [...V8_FLAGS]);
    const [train, evaluation] = await Promise.all(
      ["train.csv", "eval.csv"].map((name) =>
        Promise.all(
          ["without", "wide"].map((out) =>
            Deno.readTextFile(`${folder}/${out}/${place}/${name}`)
          ),
        )
      ),
    );
    assertEquals(train![0], train![1]);
    assertEquals(evaluation![0], evaluation![1]);
  }));
