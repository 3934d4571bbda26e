import {
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { reproduce as runReproduce } from "../../src/cli/reproduce.ts";
import { assertUserError, filesBelow, withFolder } from "../data/helpers.ts";
import {
  assertMistake,
  assertQuietSuccess,
  beforeEnd,
  ended,
  run,
  runBareHere,
  runTask,
  startTask,
  taskHere,
  tinyNet,
} from "../experiments/command.ts";

const RUN = "latent-sweep/glyphs-z2-L1-seed1";

const reproduce = (...args: readonly string[]) => runTask("reproduce", args);

/** The same in this process; what trains are others anyway. */
const reproduceHere = (...args: readonly string[]) =>
  taskHere((args) => runReproduce(args), args);

Deno.test("reproduce makes runs again from their run.json, and compares", () =>
  withFolder(async (folder) => {
    const results = `${folder}/results`;
    assertQuietSuccess(
      await runBareHere(
        [...tinyNet({ latent: "2,3", out: results }), "--quiet"],
        { isAsTask: true },
      ),
    );
    const same = await reproduce("--results", results, "--run", "*z2*");
    assertEquals(same.code, 0, same.stderr);
    assertMatch(
      same.stderr,
      /^1 run; their training took \d+ s on the machines that made them:/,
    );
    assertStringIncludes(same.stderr, `${RUN}  the same bits are expected`);
    assertMatch(same.stdout, /^latent-sweep\/glyphs-z2-L1-.*identical$/m);

    // A number that nobody's code gave, in one step.
    const path = `${results}/${RUN}/train.csv`;
    const rows = (await Deno.readTextFile(path)).split("\n");
    rows[3] = rows[3]!.replace(/^(3,30),[^,]+/, "$1,-1");
    await Deno.writeTextFile(path, rows.join("\n"));
    const changed = await reproduceHere("latent-sweep", "--results", results);
    assertEquals(changed.code, 1, changed.stderr);
    assertMatch(changed.stdout, /train\.csv +elbo +different +3 /);
    assertMatch(changed.stdout, /glyphs-z3-L1-.*identical$/m);

    const record = `${results}/${RUN}/run.json`;
    const json = JSON.parse(await Deno.readTextFile(record));
    const engine = { name: "wasm", bits: "machine", fastMath: true };
    await Deno.writeTextFile(record, JSON.stringify({ ...json, engine }));
    const earlier = await reproduceHere("--results", results, "--run", "*z2*");
    assertEquals(earlier.code, 2);
    assertStringIncludes(
      earlier.stderr,
      `error: ${RUN} was trained with --fast-math, which this version lacks`,
    );
  }));

Deno.test("reproduce measures the gradients' signal to noise again", () =>
  withFolder(async (results) => {
    // Powers of two up to k.
    const tiny = { budget: 10, k: 33, rows: 2, seed: 3, out: results };
    const flags = Object.entries(tiny)
      .flatMap(([name, value]) => [`--${name}`, String(value)]);
    assertQuietSuccess(await run("gradient-snr", [...flags, "--quiet"]));
    const path = "gradient-snr/toy-k32-n2-draws10-seed3";
    const same = await reproduce("gradient-snr", "--results", results);
    assertEquals(same.code, 0, same.stderr);
    assertStringIncludes(same.stdout, `${path}  identical`);

    const table = `${results}/${path}/evaluation-snr.csv`;
    const text = await Deno.readTextFile(table);
    await Deno.writeTextFile(
      table,
      text.replace(/(slope_decoder),.*,/, "$1,9,"),
    );
    const changed = await reproduceHere("--results", results);
    assertEquals(changed.code, 1, changed.stderr);
    assertMatch(changed.stdout, /evaluation-snr\.csv +value +different/);

    const record = `${results}/${path}/measurement.json`;
    await Deno.writeTextFile(record, "{}");
    const refused = () => reproduceHere("--results", results);
    assertMistake(await refused(), record, "remove");
    await Deno.remove(record);
    assertMistake(await refused(), path, "no run.json");
    assertMistake(
      await reproduceHere("--results", `${results}/gradient-snr`),
      "the folder above",
    );
  }));

Deno.test({
  name: "reproduce leaves no process behind, and says what was killed",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withFolder(async (folder) => {
      const results = `${folder}/results`;
      assertQuietSuccess(
        await runBareHere([...tinyNet({ out: results }), "--quiet"]),
      );
      const path = `${results}/${RUN}/run.json`;
      const json = JSON.parse(await Deno.readTextFile(path));
      json.config.steps = 1e7;
      await Deno.writeTextFile(path, JSON.stringify(json));

      /** Stops it, or the process that trains, once that has begun. */
      async function stop(which: "reproduce" | "run") {
        const temporary = `${folder}/${which}`;
        await Deno.mkdir(temporary);
        const env = { TMPDIR: temporary };
        const child = startTask("reproduce", ["--results", results], { env });
        const outcome = ended(child);
        // What the process makes may be gone when it is looked at.
        const lock = async () => {
          const files = await filesBelow(temporary).catch(() => []);
          const path = files.find((file) => file.endsWith(".lock")) ?? "none";
          return await Deno.readTextFile(`${temporary}/${path}`)
            .catch(() => "");
        };
        let pid = NaN;
        await beforeEnd(outcome, async () => {
          const text = await lock();
          pid = Number(text);
          return text.endsWith("\n");
        });
        if (which === "run") Deno.kill(pid, "SIGKILL");
        else child.kill("SIGTERM");
        const { code, stderr } = await outcome;
        assertEquals(Array.from(Deno.readDirSync(temporary)), []);
        assertThrows(() => Deno.kill(pid, "SIGKILL"), Deno.errors.NotFound);
        return { code, last: stderr.split("\n").at(-2) };
      }

      const [stopped, killed] = await Promise.all([
        stop("reproduce"),
        stop("run"),
      ]);
      assertEquals(stopped, { code: 143, last: `1/1  ${RUN}` });
      assertEquals(killed, {
        code: 2,
        last: `error: ${RUN}: its process was killed by SIGKILL; see whether ` +
          "there is memory enough",
      });
    }),
});

Deno.test("reproduce names what is not there, in a line", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/empty`);
    const committed = ["elbo-gap", "--results", "results"];
    const mistakes: [string[], ...string[]][] = [
      [[...committed, "--data-dir", "/nope"], "--data-dir /nope", "leave it"],
      [[...committed, "--data", "/nope"], "--data /nope", "leave it out"],
      [["--results", `${folder}/none`], "none"],
      [["--results", `${folder}/empty`], "empty"],
      [["a", "b"], "b", "one experiment"],
      [["latent-swep", "--results", "results"], "did you mean latent-sweep?"],
      [["--what"], "--what", "--help"],
      [["--run"], "--run", "expected a text"],
    ];
    for (const [args, ...parts] of mistakes) {
      await assertUserError(() => runReproduce(args), ...parts);
    }
  }));
