import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { drawn } from "../../src/cli/rerun_some.ts";
import { runTask } from "../../src/cli/task.ts";
import { verify } from "../../src/cli/verify.ts";
import { readCsv } from "../../src/results/csv_table.ts";
import { filesBelow, withFolder } from "../data/helpers.ts";
import {
  assertQuietSuccess,
  exists,
  ROOT,
  runHere,
  runTask as runProcess,
  tinyNet,
} from "../experiments/command.ts";
import { flip, LONG, writeRun, writeTree } from "../verify/trees.ts";
import { saidBy } from "./said.ts";

/** The exit code of the command, and all that it says. */
async function outcomeOf(
  ...args: readonly string[]
): Promise<{ code: number; text: string }> {
  const text = await saidBy(() => runTask(() => verify(args)));
  const code = Number(Deno.exitCode);
  Deno.exitCode = 0;
  return { code, text };
}

async function assertOutcome(
  args: readonly string[],
  code: number,
  ...parts: readonly string[]
): Promise<void> {
  const outcome = await outcomeOf(...args);
  assertEquals(outcome.code, code, `${args}: ${outcome.text}`);
  for (const part of parts) assertStringIncludes(outcome.text, part);
}

Deno.test("verify finds a flipped bit in any file, what is missing, and what was added", () =>
  withFolder(async (root) => {
    await writeTree(root);
    await assertOutcome([root, "--write"], 0, "has 13 files");
    await assertOutcome([root], 0, "14 files, 3 runs: all are as");
    const lines = (await Deno.readTextFile(`${root}/results.lock`)).split("\n");
    const locked = lines.slice(0, -1).map((line) => line.slice(66));
    const long = `two/${LONG}/train.csv`;
    const files = (await filesBelow(root)).filter((path) =>
      !/README|made.json|safetensors|lock$/.test(path)
    );
    assertEquals(locked, files.filter((path) => path !== long));

    for (const path of [...files, "results.lock"]) {
      const file = `${root}/${path}`;
      const bytes = await Deno.readFile(file);
      await flip(file);
      const { code, text } = await outcomeOf(root);
      assertEquals(code, 1, path);
      if (path !== "results.lock") assertStringIncludes(text, `${file}: `);
      await Deno.writeFile(file, bytes);

      if (path === "results.lock") continue;
      await Deno.remove(file);
      // Rows of every step of long runs are not kept by git.
      if (path === long) await assertOutcome([root], 0);
      else await assertOutcome([root], 1, `${file}: it is missing`);
      await Deno.writeFile(file, bytes);
    }
    for (
      const path of ["one/more.svg", "one/glyphs-z2-L1-seed1/more.csv"]
    ) {
      await Deno.writeTextFile(`${root}/${path}`, "");
      await assertOutcome([root], 1, `${path}: results.lock does not name it`);
      await Deno.remove(`${root}/${path}`);
    }
    await Deno.mkdir(`${root}/one/glyphs-z2-L1-seed1/more`);
    await assertOutcome([root], 1, "glyphs-z2-L1-seed1/more: it cannot be");
    await Deno.remove(`${root}/one/glyphs-z2-L1-seed1/more`);
    // What is on its way, or of this machine alone, is no output.
    await Deno.mkdir(`${root}/one/new.partial`);
    await Deno.writeTextFile(`${root}/one/new.partial/train.csv`, "");
    await Deno.writeTextFile(`${root}/one/.new.lock`, "1\n");
    await assertOutcome([root], 0);
  }));

Deno.test("verify checks parts, and runs by their run.json where there is no lock", () =>
  withFolder(async (root) => {
    await writeTree(root);
    const one = `${root}/one/glyphs-z2-L1-seed1`;
    await assertOutcome([root], 0, "2 files no record names", "all are as");
    await assertOutcome([one], 0, "4 files, 1 run: all are as their run.json");
    await flip(`${root}/two/${LONG}/eval.csv`);
    await assertOutcome([`${root}/one`], 0, "10 files, 2 runs");
    await assertOutcome([`${root}/two`], 1, "eval.csv: its SHA-256 is");
    await assertOutcome([one, `${root}/two/`], 1, "8 files, 2 runs: 1 not");
    // Folders that overlap, and one in two spellings
    await assertOutcome([root, `${root}/`], 1, "14 files, 3 runs: 1 not");
    await assertOutcome([`${root}/.`, one], 1, "14 files, 3 runs: 1 not");
    await assertOutcome([one, `${root}/one`], 0, "10 files, 2 runs");
    // A lock does not vouch for what a run's own record denies.
    await assertOutcome([root, "--write"], 1, "was not written", "eval.csv");
    assertEquals(await exists(`${root}/results.lock`), false);
    await flip(`${root}/two/${LONG}/eval.csv`);
    await assertOutcome([root, "--write"], 0);
    await writeRun(`${root}/two/glyphs-z3-L1-seed1`);
    await Deno.remove(`${root}/one/glyphs-terms.svg`);
    await assertOutcome(
      [root, "--write"],
      0,
      "added  two/glyphs-z3-L1-seed1/eval.csv\n",
      "removed  one/glyphs-terms.svg\n",
      "has 16 files",
    );
  }));

Deno.test("verify writes a certificate, and checks it with its results", () =>
  withFolder(async (folder) => {
    const root = `${folder}/results`;
    const file = `${folder}/certificate.json`;
    await writeTree(root);
    const [key, publicKey] = [`${folder}/key.pem`, `${folder}/public.pem`];
    const pair = await crypto.subtle
      .generateKey("Ed25519", true, ["sign", "verify"]) as CryptoKeyPair;
    for (
      const [path, label, format, half] of [
        [key, "PRIVATE KEY", "pkcs8", pair.privateKey],
        [publicKey, "PUBLIC KEY", "spki", pair.publicKey],
      ] as const
    ) {
      const der = await crypto.subtle.exportKey(format, half);
      const text = new Uint8Array(der).toBase64();
      await Deno.writeTextFile(
        path,
        `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`,
      );
    }
    const to = [root, "--certificate", file];
    await assertOutcome(to, 2, "has no results.lock");
    await assertOutcome([root, "--write"], 0);
    await assertOutcome([...to, "--key", key], 0, "PASSED, signed by");
    const signed = await Deno.readFile(file);
    const check = [file, "--results", root, "--key", publicKey];
    await assertOutcome(check, 0, "PASSED, signed by", "no run was made again");
    await assertOutcome(check.slice(0, 3), 2, file, "--key");
    await assertOutcome([...check, "--rerun", "5%"], 2, "is a certificate");
    await flip(file);
    await assertOutcome(check, 1, `${file}: `);
    await Deno.writeFile(file, signed);
    await flip(`${root}/one/summary.csv`);
    await assertOutcome(check, 1, "one/summary.csv: its SHA-256");
    // With a lock of its own, what was changed is another tree.
    await assertOutcome([root, "--write"], 0);
    await assertOutcome(check, 1, "another results.lock");

    // What is there stays.
    await assertOutcome(to, 2, `--certificate ${file}: it exists with other`);
    const rows = `${root}/one/glyphs-z2-L1-seed1/train.csv`;
    await assertOutcome([root, "--certificate", rows], 2, "a file of the run");
    const table = `${root}/one/summary.csv`;
    await assertOutcome([root, "--certificate", table], 2, "exists with other");
    await assertOutcome([root], 0);
    assertEquals(await Deno.readFile(file), signed);
    await Deno.remove(file);

    await assertOutcome(to, 0, "not signed");
    await assertOutcome(to, 0, "not signed");
    await assertOutcome(check.slice(0, 3), 0, "  hashes of all files\n");
    const part = [`${root}/one`, "--certificate", file];
    await Deno.remove(file);
    await assertOutcome(part, 0, "not signed");
    await assertOutcome(check.slice(0, 3), 0, "  hashes of one\n");
    await assertOutcome(check, 1, `${file}: it has no signature`);
    await assertOutcome(check.slice(0, 3), 0, "PASSED, not signed");
    await flip(`${root}/one/summary.csv`);
    await Deno.remove(file);
    await assertOutcome(to, 1, "summary.csv");
    assertEquals(await exists(file), false);
  }));

Deno.test("verify refuses what has no effect, or no hashes, in a line", () =>
  withFolder(async (root) => {
    await writeTree(root);
    for (
      const [args, ...parts] of [
        [[`${root}/nonesuch`], "nonesuch", "name a folder of results"],
        [[root, "--seed", "1"], "--seed", "--rerun"],
        [[root, "--data-dir", "/"], "--data-dir", "--rerun"],
        [[root, "--rerun", "0%"], "--rerun 0%", "such as 5%"],
        [[root, "--rerun", "101%"], "--rerun 101%"],
        [[root, "--rerun", "3"], "--rerun 3"],
        [[root, "--results", root], "--results", "CERTIFICATE"],
        [[root, "--write", "--rerun", "5%"], "--rerun", "--write"],
        [[`${root}/one`, "--write"], "--write", `name ${root}`],
        [[root, "--key", `${root}/README.md`], "--key", "--certificate"],
        [[root, `${root}/../`], "two folders"],
      ] as [string[], ...string[]][]
    ) {
      const { code, text } = await outcomeOf(...args);
      assertEquals(code, 2, `${args}: ${text}`);
      assert(/^error: [^\n]+\n$/.test(text), text);
      for (const part of parts) assertStringIncludes(text, part);
    }
    // Results of versions without hashes.
    const record = `${root}/one/glyphs-z2-L1-seed1/run.json`;
    const { outputs: _, ...json } = JSON.parse(await Deno.readTextFile(record));
    await Deno.writeTextFile(record, JSON.stringify({ ...json, version: 2 }));
    await assertOutcome(
      [`${root}/one/glyphs-z2-L1-seed1`],
      2,
      "no results.lock, and its runs have no hashes",
    );
  }));

Deno.test("drawn() draws by seed alone, and the first of a larger draw", () => {
  const runs = Array.from({ length: 60 }, (_, i) => `e/${i}`);
  const three = drawn(runs, { count: 3, seed: 1 });
  assertEquals(drawn(runs, { count: 3, seed: 1 }), three);
  assertEquals(new Set(three).isSubsetOf(new Set(runs)), true);
  const six = new Set(drawn(runs, { count: 6, seed: 1 }));
  assertEquals([six.size, new Set(three).isSubsetOf(six)], [6, true]);
  const others = new Set(
    Array.from({ length: 20 }, (_, seed) => drawn(runs, { count: 3, seed }))
      .flat(),
  );
  assert(others.size > 25, `${others.size}`);
  assertEquals(drawn(runs, { count: 60, seed: 2 }), runs.toSorted());
});

Deno.test("verify --rerun trains drawn runs again, and says what came of it", () =>
  withFolder(async (out) => {
    assertQuietSuccess(
      await runHere("latent-sweep", [
        ...tinyNet({ latent: "2,3", out, engine: "wasm" }),
        "--quiet",
      ], { hasWholeNames: true }),
    );
    await assertOutcome([out, "--write"], 0);
    const file = `${out}/certificate.json`;
    const again = await runProcess("verify", [
      ...[out, "--rerun", "5%", "--seed", "1", "--certificate", file],
    ]);
    assertEquals(again.code, 0, again.stderr);
    const { arch } = Deno.build;
    assertStringIncludes(again.stdout, `1 of 1 identical on ${arch}\n`);
    await assertOutcome(
      [file, "--results", out],
      0,
      `1 of 1 identical on ${arch}: 5% of 2 runs, drawn with seed 1`,
    );
    // Numbers that nobody's code gave, in records that agree with them.
    const [drawnRun] = drawn(
      ["2", "3"].map((z) =>
        `latent-sweep/glyphs-z${z}-L1-steps4-train200-test50-hidden8-batch10-` +
        "evalevery2-finalk3-finalrows10-seed1"
      ),
      { count: 1, seed: 1 },
    );
    const record = `${out}/${drawnRun}/run.json`;
    const { outputs: _, ...json } = JSON.parse(await Deno.readTextFile(record));
    await Deno.writeTextFile(record, JSON.stringify({ ...json, version: 2 }));
    const table = `${out}/${drawnRun}/eval.csv`;
    const [{ elbo } = {}] = await readCsv(table);
    const text = await Deno.readTextFile(table);
    const other = String(Number(elbo) * (1 + 1e-5));
    await Deno.writeTextFile(table, text.replace(elbo!, other));
    await assertOutcome([out, "--write"], 0, `changed  ${drawnRun}/eval.csv`);
    // Within tolerance, where the same bits are to be expected.
    await Deno.remove(file);
    await assertOutcome(
      [out, "--rerun", "5%", "--seed", "1", "--certificate", file],
      1,
      `0 of 1 identical on ${arch}, 1 within`,
      "FAILED",
    );
    await assertOutcome([file, "--results", out], 1, "FAILED");
  }));

Deno.test("the committed results are what results.lock says", async () => {
  await assertOutcome([`${ROOT}results`], 0, "results.lock has them");
});
