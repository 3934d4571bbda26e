import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { withFolder } from "../data/helpers.ts";
import {
  assertMistake,
  assertQuietSuccess,
  digests,
  type Flags,
  runHere,
  threeAtATime,
  timingOf,
  tinyNet,
} from "./command.ts";
import { checkExperiment } from "./results.ts";

const NAME = "glyphs-z2-L1-seed1";

async function sweep(flags: Flags) {
  return await runHere("latent-sweep", [...tinyNet(flags), "--quiet"]);
}

Deno.test("a rerun takes the place of the run, and summary.csv has earlier runs too", async () => {
  await withFolder(async (out) => {
    const folder = `${out}/latent-sweep`;
    assertQuietSuccess(await sweep({ latent: "10,2", out }));
    const first = await digests(folder);
    const before = await timingOf(`${folder}/${NAME}`);

    // What is in the way: files of a killed run, and a file of the user's.
    await Deno.mkdir(`${folder}/${NAME}.partial`);
    await Deno.writeTextFile(`${folder}/${NAME}.partial/train.csv`, "torn");
    await Deno.writeTextFile(`${folder}/${NAME}/notes.txt`, "of the first run");
    assertQuietSuccess(
      await runHere("latent-sweep", [
        ...tinyNet({ latent: "2,3", out }),
        ...["--quiet", "--fresh"],
      ]),
    );

    await checkExperiment(folder, [
      "glyphs-z2-L1-seed1",
      "glyphs-z3-L1-seed1",
      "glyphs-z10-L1-seed1",
    ]);
    const second = await digests(folder);
    // The same rows: what came to the run later is as true as before.
    assertEquals(
      await Deno.readTextFile(`${folder}/${NAME}/notes.txt`),
      "of the first run",
    );
    for (const [path, digest] of Object.entries(first)) {
      if (path.startsWith("glyphs-z10") || /z2.*(csv|png)$/.test(path)) {
        assertEquals(second[path], digest, path);
      }
    }
    // It gave the same bytes again, and the record is of the first time.
    const json = `${NAME}/run.json`;
    assertEquals(second[json], first[json]);
    const { started } = await timingOf(`${folder}/${NAME}`);
    assert(started > before.started);
  });
});

Deno.test("a folder that holds something else is one line, exit code 2, and stays as it is", async () => {
  await withFolder(async (folder) => {
    const base = `${folder}/base`;
    assertQuietSuccess(await sweep({ out: base }));
    const json = await Deno.readTextFile(
      `${base}/latent-sweep/${NAME}/run.json`,
    );

    /** Refused where the run's folder has these files. */
    function withFiles(
      files: Readonly<Record<string, string>>,
      parts: readonly string[],
      name = NAME,
    ) {
      return async () => {
        const out = await Deno.makeTempDir({ dir: folder });
        await Deno.mkdir(`${out}/latent-sweep/${name}`, { recursive: true });
        for (const [file, text] of Object.entries(files)) {
          await Deno.writeTextFile(`${out}/latent-sweep/${name}/${file}`, text);
        }
        const before = await digests(out);
        assertMistake(
          await runHere("latent-sweep", tinyNet({ out })),
          ...[`latent-sweep/${name}`, "--out", ...parts],
        );
        assertEquals(await digests(out), before);
      };
    }

    /** Refused where the base has a run of another config. */
    function withFlags(flags: Flags, ...parts: string[]) {
      return async () => {
        assertMistake(
          await runHere("latent-sweep", tinyNet({ ...flags, out: base })),
          ...[NAME, "another config", "--out", ...parts],
        );
      };
    }

    const before = await digests(base);
    const damaged = { "run.json": json.slice(0, 300), "train.csv": "step\n" };
    const later = json.replace(/"version": \d/, '"version": 99');
    assertNotEquals(later, json);
    await threeAtATime([
      withFlags({ "learning-rate": 0.5 }, "--learning-rate", "0.5"),
      withFlags({ steps: 5 }, "--steps is 4, not 5"),
      withFlags(
        { "clip-gradient": 1 },
        "it has no --clip-gradient, which is 1 here",
      ),
      withFlags({ "train-size": 100 }, "--train-size"),
      withFlags({ hidden: "8,8" }, "--hidden"),
      withFiles({ "letter.txt": "dear diary" }, ["not a run"]),
      withFiles(damaged, ["run.json", "JSON"]),
      withFiles({ "run.json": later }, ["run.json", "version"]),
      withFiles({ "run.json": '{"version": 1}' }, ["run.json"]),
      // A neighbour's run.json, which the summary needs, is read beforehand.
      withFiles(damaged, ["run.json", "JSON"], "glyphs-z9-L1-seed1"),
    ]);
    assertEquals(await digests(base), before);
  });
});

Deno.test("a run's place that is a file is one line, exit code 2, and stays as it is", async () => {
  await withFolder(async (folder) => {
    const places = ["", "/latent-sweep", `/latent-sweep/${NAME}`];
    await threeAtATime(places.map((place, i) => async () => {
      const out = `${folder}/${i}`;
      const file = `${out}${place}`;
      const parent = file.slice(0, file.lastIndexOf("/"));
      await Deno.mkdir(parent, { recursive: true });
      await Deno.writeTextFile(file, "a file");
      const outcome = await runHere("latent-sweep", tinyNet({ out }));
      assertMistake(outcome, file, "--out");
      assertEquals(await Deno.readTextFile(file), "a file");
    }));
  });
});
