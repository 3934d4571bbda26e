import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { decode, encode } from "fast-png";
import { evaluate } from "../../src/cli/evaluate.ts";
import { reproduce } from "../../src/cli/reproduce.ts";
import { encode as encodeRows } from "../../src/cli/use/encode.ts";
import { readRunJson } from "../../src/results/run_json.ts";
import { ascii, npy, withFiles } from "../data/own/files.ts";
import {
  assertMistake,
  assertQuietSuccess,
  digests,
  exists,
  type Flags,
  runBare,
  runHere,
  taskHere,
  tinyNet,
} from "./command.ts";

/** 40 rows of two numbers that go together, and a class. */
const TABLE = ["x,y,class\n"].concat(
  Array.from({ length: 40 }, (_, i) => {
    const x = Math.sin(i * i);
    return `${x},${100 * x + Math.cos(3 * i)},${"ab"[i % 2]}\n`;
  }),
).join("");

const COMMAND = [
  ...["--labels", "class", "--scale", "standardise", "--quiet"],
];

async function sweep(data: string, flags: Flags, more = COMMAND) {
  const own: Flags = { data, "train-size": 30, "test-size": 4, ...flags };
  const rows = { "final-rows": 4, "final-k": 3 };
  return await runHere("latent-sweep", [
    ...tinyNet({ engine: "wasm", backend: "wasm", ...own, ...rows }),
    ...more,
  ]);
}

/** Makes all runs of a folder again, each in a process of its own. */
const reproduceHere = (results: string) =>
  taskHere((args) => reproduce(args), ["--results", results]);

const RUN = "latent-sweep/table-z2-L1-seed1";

Deno.test("a table is trained on, evaluated, and made again, by its record alone", () =>
  withFiles({ "in/table.csv": TABLE }, async (folder) => {
    const out = `${folder}/out`;
    const path = `${folder}/in/table.csv`;
    assertQuietSuccess(await sweep(path, { out }));
    const run = `${out}/${RUN}`;
    const json = (await readRunJson(run))!;
    assertEquals(json.config["dataset"], "own");
    const { name, files, path: there, train, test, dim } = json.data;
    assertEquals([name, files], ["table", ["table.csv"]]);
    assertEquals(there, "../../../in/table.csv");
    assertEquals([train, test, dim], [30, 4, 2]);
    assertStringIncludes(json.command, `--data ${path} `);
    assertStringIncludes(json.command, "--labels class --scale standardise");

    const before = await digests(run);
    assertQuietSuccess(await sweep(path, { out }));
    assertEquals(await digests(run), before); // finished before

    for (const args of [[], ["--data", path]]) {
      const evaluated = await taskHere(evaluate, [
        ...[run, "--k", "5", "--rows", "4", "--quiet", ...args],
      ]);
      assertEquals([evaluated.code, evaluated.stderr], [0, ""]);
    }
    const again = await reproduceHere(out);
    assertEquals(again.code, 0, again.stderr);
    assertStringIncludes(again.stdout, "1 run: 1 identical");

    // Moved away, then changed.
    await Deno.rename(path, `${folder}/moved.csv`);
    assertMistake(
      await taskHere(evaluate, [run, "--k", "6", "--quiet"]),
      ...["no such file", "--data PATH"],
    );
    const flags = ["--k", "6", "--rows", "4", "--quiet"];
    const moved = ["--data", `${folder}/moved.csv`];
    const { code } = await taskHere(evaluate, [run, ...flags, ...moved]);
    assertEquals(code, 0);
    await Deno.writeTextFile(path, TABLE.replace(",b\n", ",a\n"));
    const same = await taskHere(evaluate, [run, ...flags]);
    assertEquals(same.code, 0); // labels are no values
    await Deno.writeTextFile(path, TABLE.replace("\n0,", "\n1,"));
    assertMistake(
      await taskHere(evaluate, [run, ...flags]),
      ...["SHA-256", "not the data of the run"],
    );
    const changed = await reproduceHere(out);
    assertEquals([changed.code, changed.stdout], [2, ""]);
    assertMatch(
      changed.stderr,
      /error: .*not the data of the run, .* the contents have changed.*\n$/,
    );
    assertMistake(
      await sweep(path, { out }),
      ...[
        RUN,
        "run of other data: what is in the file has changed",
        "--out DIR",
      ],
    );
  }));

Deno.test("a table with missing values is trained on by the reference alone", () =>
  withFiles({
    "in/table.csv": TABLE.replace(/\n([^,]*),[^,]*,a/g, "\n$1,NA,a"),
  }, async (folder) => {
    const path = `${folder}/in/table.csv`;
    const out = `${folder}/out`;
    const mask = [...COMMAND, "--missing", "mask"];
    assertMistake(
      await sweep(path, { out }, mask),
      ...["wasm engine has no missing values", "--engine reference"],
    );
    assertMistake(
      await sweep(path, { out }),
      ...["column y", '"NA"', "--missing mask"],
    );
    const flags = { out, engine: "auto" };
    assertQuietSuccess(await sweep(path, flags, mask));
    const run = `${out}/${RUN}`;
    const { engine, data, config, command } = (await readRunJson(run))!;
    assertEquals(engine.name, "reference");
    assertEquals((config["own"] as { missing: string }).missing, "mask");
    assertStringIncludes(command, "--missing mask");
    const { train, test } = data.observed!;
    assertEquals(train[0]! + test[0]!, 34);
    assert(train[1]! + test[1]! < 24);
    const evaluated = await taskHere(evaluate, [
      ...[run, "--k", "5", "--rows", "4", "--quiet"],
    ]);
    assertEquals([evaluated.code, evaluated.stderr], [0, ""]);
    const table = await Deno.readTextFile(`${run}/evaluation-k5-n4.csv`);
    const unknown = table.split("\n").filter((line) => line.includes("NaN"))
      .map((line) => line.replace(/,.*/, ""));
    // k-hats take more draws than five, and diagnostics have no error.
    const diagnostics = ["ess", "pareto_k", "unreliable_share"];
    assertEquals(unknown, [
      ...diagnostics,
      ...diagnostics.map((name) => `${name}_active_units`),
    ]);
  }));

Deno.test("images of a .npy file have pictures, and bytes are binarised", () => {
  const levels = Array.from({ length: 40 * 6 }, (_, i) => (i * i * 37) % 256);
  const file = npy([40, 2, 3], levels, { type: "u1" });
  return withFiles({ "grey.npy": file }, async (folder) => {
    const out = `${folder}/out`;
    const more = ["--quiet"];
    assertQuietSuccess(await sweep(`${folder}/grey.npy`, { out }, more));
    const run = `${out}/latent-sweep/grey-z2-L1-seed1`;
    const json = (await readRunJson(run))!;
    assertEquals(json.config["binarize"], "dynamic");
    assert(await exists(`${run}/reconstructions.png`));
  });
});

Deno.test("colour images train through convolutions, and are drawn in colour", () => {
  const images = Array.from({ length: 40 }, (_, n) => {
    const data = Uint8Array.from(
      { length: 4 * 8 * 3 },
      (_, i) => i % 3 === n % 3 ? 200 : (7 * i + n) % 50,
    );
    const size = { width: 8, height: 4, channels: 3 } as const;
    return [`in/${n}.png`, encode({ ...size, depth: 8, data })];
  });
  return withFiles(Object.fromEntries(images), async (folder) => {
    const out = `${folder}/out`;
    const net = { hidden: "conv4,8", likelihood: "gaussian" };
    const flags = { out, ...net, engine: "reference" };
    assertQuietSuccess(await sweep(`${folder}/in`, flags, ["--quiet"]));
    const run = `${out}/latent-sweep/in-z2-L1-seed1`;
    const json = (await readRunJson(run))!;
    assertEquals(json.data.dim, 96);
    const { width, height, channels, data } = decode(
      await Deno.readFile(`${run}/data.png`),
    );
    // Enlarged by seven, below a caption
    assertEquals([width, height, channels], [658, 141, 3]);
    assert(data.includes(200));

    // Scaled values are drawn as the files have them.
    const scaled = ["--quiet", "--scale", "standardise"];
    const more = { ...flags, out: `${folder}/scaled` };
    assertQuietSuccess(await sweep(`${folder}/in`, more, scaled));
    const other = `${folder}/scaled/latent-sweep/in-z2-L1-seed1`;
    const [before, after] = await Promise.all(
      [run, other].map((run) => Deno.readFile(`${run}/data.png`)),
    );
    assertEquals(after, before);
    const { units } = (await readRunJson(other))!.data;
    assertEquals(units?.offset.length, 1);
  });
});

Deno.test("broken data are one line, exit code 2, before anything is written", () =>
  withFiles({
    "na.csv": TABLE.replace("0,", "NA,"),
    "real.csv": TABLE,
    "short.npy": ascii("\x93NUMPY"),
  }, async (folder) => {
    const out = `${folder}/out`;
    const outcomes = [
      await sweep(`${folder}/na.csv`, { out }),
      await sweep(`${folder}/short.npy`, { out }, []),
      await sweep(`${folder}/real.csv`, { out, likelihood: "bernoulli" }),
      await sweep(`${folder}/real.csv`, { out, "train-size": 37 }),
    ];
    const parts = [
      ["na.csv", "line 2, column x", '"NA"'],
      ["short.npy", "not a .npy file"],
      ["--likelihood bernoulli", "[0, 1]"],
      ["--train-size 37", "36 rows"],
    ];
    outcomes.forEach((outcome, i) => assertMistake(outcome, ...parts[i]!));
    assertEquals(await exists(`${out}/latent-sweep/real-z2-L1-seed1`), false);
  }));

Deno.test("a script's data are evaluated, and made again, by the script alone", () =>
  withFiles({}, async (folder) => {
    const script = "tests/experiments/script_data.ts";
    const out = `${folder}/out`;
    const args = tinyNet({
      out,
      engine: "wasm",
      "train-size": 40,
      "test-size": 12,
    });
    const flags = [...args, "--quiet"];
    assertQuietSuccess(await runBare(flags, { script }));
    const run = `${out}/script-data/waves-z2-L1-seed1`;
    const json = (await readRunJson(run))!;
    assertEquals([json.data.name, json.data.path], ["waves", undefined]);
    assertStringIncludes(json.command, `${script} --`);

    const evaluation = [run, "--k", "5", "--rows", "4", "--quiet"];
    assertMistake(
      await taskHere(evaluate, evaluation),
      ...["its script alone has the data waves", "script_data.ts evaluate"],
    );
    assertMistake(
      await taskHere(encodeRows, [run]),
      `script_data.ts encode ${run}`,
    );
    const tasks = [
      ["evaluate", ...evaluation],
      ["encode", run],
      ["gradient-snr", run, `${out}/script-data/summary.csv`, "--draws", "10"],
    ];
    for (const task of tasks) {
      const by = await runBare(task, { script });
      assertEquals(by.code, 0, by.stderr);
      const passed = by.stderr.includes("passed over, as no run: ");
      assertEquals(passed, task.includes("--draws"), by.stderr);
    }
    const again = await reproduceHere(out);
    assertEquals(again.code, 0, again.stderr);
    assertStringIncludes(again.stdout, "1 run: 1 identical");
  }));
