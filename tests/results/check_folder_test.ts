import { assert } from "@std/assert";
import { identityOf } from "../../src/results/identity.ts";
import { checkFolder } from "../../src/results/run_folder.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";
import { endedRun, runJson } from "./run_json_example.ts";
import { LATER, repeat, write } from "./run_folders.ts";

Deno.test("checkFolder() lets pass what is free, and a run of the same config", async () => {
  await withFolder(async (folder) => {
    const { config } = runJson();
    await checkFolder(`${folder}/none`, config);
    await Deno.mkdir(`${folder}/empty`);
    await checkFolder(`${folder}/empty`, config);
    await write(`${folder}/run`, "finished");
    const reordered = Object.fromEntries(Object.entries(config).toReversed());
    await checkFolder(`${folder}/run`, reordered);
  });
});

Deno.test("checkFolder() refuses anything else, and says what differs", async () => {
  await withFolder(async (folder) => {
    const { config } = runJson();
    const run = `${folder}/run`;
    await write(run, "finished");
    const changes: Record<string, unknown>[] = [
      { steps: 77 },
      { hidden: [3, 3] },
      { optimizer: { name: "sgd" } },
      { trainSize: 5 },
      { more: 1 },
      { steps: undefined },
    ];
    for (const change of changes) {
      const [key] = Object.keys(change);
      await assertUserError(
        () => checkFolder(run, { ...config, ...change }),
        ...[run, key!, "--out"],
      );
    }

    // Of an earlier version
    const json = JSON.parse(await Deno.readTextFile(`${run}/run.json`));
    const blas = { library: "/a/lib.so", build: "1" };
    const engine = { name: "wasm", bits: "machine", fastMath: true, blas };
    await Deno.writeTextFile(
      `${run}/run.json`,
      JSON.stringify({ ...json, engine }),
    );
    await assertUserError(
      () => checkFolder(run, config),
      ...[run, "--fast-math --blas /a/lib.so", "--out"],
    );

    await Deno.mkdir(`${folder}/other`);
    await Deno.writeTextFile(`${folder}/other/notes.txt`, "x");
    await assertUserError(
      () => checkFolder(`${folder}/other`, config),
      ...[`${folder}/other`, "not a run", "--out"],
    );
    const file = `${folder}/other/notes.txt`;
    for (const place of [file, `${file}/run`]) {
      await assertUserError(() => checkFolder(place, config), file, "--out");
    }
    assert((await Deno.stat(file)).isFile);
  });
});

Deno.test("checkFolder() refuses a run that another source finished here", () =>
  withFolder(async (folder) => {
    const path = `${folder}/run`;
    await repeat(path, "abc");
    const { config } = endedRun();
    const here = identityOf(endedRun());
    await checkFolder(path, config, { source: here });
    for (const part of ["toolkit", "script"] as const) {
      await assertUserError(
        () =>
          checkFolder(path, config, { source: { ...here, [part]: "other" } }),
        ...[path, `another ${part}`, "--fresh", "--out"],
      );
    }
    // What made it here counts, not who made these bytes first.
    await repeat(path, "abc", LATER);
    await checkFolder(path, config, { source: identityOf(endedRun(LATER)) });
    // From git, it has no checkpoint and is made again.
    await Deno.remove(`${path}/checkpoint-1.safetensors`);
    await checkFolder(path, config, { source: here });
  }));
