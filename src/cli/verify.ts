/**
 * Checks results by their hashes, makes some again, and certifies them.
 *
 *     deno task verify [RUNS | CERTIFICATE] [FLAGS]
 */

import { resolve } from "node:path";
import { z } from "zod";
import { once } from "../config/texts.ts";
import { integer, text } from "../config/value.ts";
import { UserError } from "../errors.ts";
import { readText, targetOf } from "../files.ts";
import { MAX_SEED } from "../random/stream.ts";
import { writeAtomically } from "../results/files.ts";
import {
  readStatement,
  type Rerun,
  type Statement,
  statementOf,
  verdictsInWords,
} from "../verify/certificate.ts";
import {
  jsonText,
  type Key,
  NotGenuineError,
  open,
  readPrivateKey,
  readPublicKey,
  seal,
} from "../verify/envelope.ts";
import { formatLock, LOCK, readLock } from "../verify/lock.ts";
import { type Checked, checkTree, partAt, toLock } from "../verify/tree.ts";
import { DATA_DIR_HELP } from "./flags.ts";
import { inProject } from "./place.ts";
import { print } from "./progress.ts";
import type { Script } from "./run_script.ts";
import { readTask, runTask, type Task } from "./task.ts";
import { checkPlace, writeNew } from "./user_files.ts";

const flagsSchema = z.object({
  _: z.array(z.string()),
  results: once(text()),
  write: z.boolean(),
  rerun: once({
    ...text(),
    expected: "a share of the runs, such as 5%",
    schema: () =>
      z.string().regex(/^\d+(\.\d+)?%$/)
        .refine((share) => shareOf(share) > 0 && shareOf(share) <= 1),
  }),
  seed: once(integer(0, MAX_SEED)),
  certificate: once(text()),
  key: once(text()),
  "data-dir": once(text()),
  data: once(text()),
});

type Flags = z.output<typeof flagsSchema>;

const shareOf = (share: string) => Number(share.slice(0, -1)) / 100;

export const VERIFY: Task<Flags> = {
  usage: [
    "Checks that results are what was recorded, byte for byte.",
    "",
    "Usage: deno task verify [RUNS] [FLAGS]",
    "       deno task verify CERTIFICATE [--key FILE] [--results DIR]",
    "",
    "RUNS are folders of a run, an experiment or all results (default: results).",
    `Hashes are in ${LOCK} of the folder of all results, and in the run.json`,
    "of each run. A CERTIFICATE is checked with the results that it is about.",
  ],
  flags: {
    results: ["DIR", "the results of a CERTIFICATE (default: results)"],
    write: ["", `write ${LOCK} of all that is there`],
    rerun: ["N%", "train this share of the runs again, and compare"],
    seed: ["N", "of the draw of the runs for --rerun (default: 0)"],
    certificate: ["FILE", "write what was found, as a statement of in-toto"],
    key: ["FILE", "Ed25519 key in PEM that signs, or a signer's public key"],
    "data-dir": ["DIR", DATA_DIR_HELP],
    data: ["PATH", "your own data (default: where the runs had them)"],
  },
  notes: [
    "Exit code 0: all is as recorded; 1: something is not, each in a line; 2: a",
    "mistake, named on stderr.",
  ],
  schema: flagsSchema,
};

/**
 * Runs the command.
 *
 * @param script that runs it, if one does
 * @returns the exit code
 * @throws {UserError} a mistake
 */
export async function verify(
  args: readonly string[],
  script?: Script,
): Promise<number> {
  const flags = readTask(args, VERIFY);
  if (flags === null) return 0;
  const [first = inProject("results"), ...others] = flags._;
  const isFile = (await targetOf(first))?.isFile ?? false;
  const certificate = isFile && others.length === 0 ? first : null;
  requireUse(flags, certificate);
  if (certificate !== null) return await verifyOne(certificate, flags);
  if (flags.certificate !== undefined) {
    await checkPlace("certificate", flags.certificate);
  }
  const root = await rootOf([first, ...others]);
  if (flags.write) return await write(root);
  const checked = await checkTree(root.root, root.parts);
  if (!report(root.root, checked)) return 1;
  const key = flags.key === undefined ? null : await readPrivateKey(flags.key);
  if (flags.certificate !== undefined && checked.lock === null) {
    throw new UserError(
      `--certificate: ${root.root} has no ${LOCK}, which it is about; ` +
        "deno task verify --write makes one",
    );
  }
  const rerun = flags.rerun === undefined
    ? null
    : await makeAgain(root.root, checked.runs, flags.rerun, {
      ...{ flags, args, script },
    });
  if (typeof rerun === "number") return rerun;
  if (flags.certificate !== undefined) {
    await certify(flags.certificate, { ...checked, ...root }, rerun, key);
  }
  return rerun === null || rerun.failed.size === 0 ? 0 : 1;
}

/** The flags that each of them needs. */
const NEEDS = {
  seed: "rerun",
  "data-dir": "rerun",
  data: "rerun",
  key: "certificate",
} as const;

/** @throws {UserError} flags without effect */
function requireUse(flags: Flags, certificate: string | null): void {
  const isGiven = (flag: keyof Flags) =>
    flags[flag] !== undefined && flags[flag] !== false;
  const refuse = (names: readonly (keyof Flags)[], why: string) => {
    const flag = names.find(isGiven);
    if (flag !== undefined) throw new UserError(`--${flag}: ${why}`);
  };
  if (certificate !== null) {
    const others = [
      "write",
      "rerun",
      "seed",
      "certificate",
      "data-dir",
      "data",
    ];
    const why = `${certificate} is a certificate; leave it out`;
    return refuse(others as (keyof Flags)[], why);
  }
  refuse(["results"], "it is for a CERTIFICATE; name the folder alone");
  for (const [flag, needed] of Object.entries(NEEDS)) {
    if (isGiven(needed)) continue;
    refuse([flag as keyof Flags], `it needs --${needed}; add that one`);
  }
  if (flags.write) refuse(["rerun", "certificate"], "it goes without --write");
}

/** The tree that folders are in. @throws {UserError} they are of several */
async function rootOf(
  folders: readonly string[],
): Promise<{ root: string; parts: string[] }> {
  const found = [];
  for (const folder of folders) found.push(await partAt(folder));
  const [{ root }] = found as [typeof found[number]];
  const other = found.find((part) => resolve(part.root) !== resolve(root));
  if (other === undefined) {
    return { root, parts: found.map(({ within }) => within) };
  }
  throw new UserError(
    `${root} and ${other.root} are two folders of results; verify one at a time`,
  );
}

/** Prints what was found. @returns whether all is as recorded */
function report(root: string, checked: Checked): boolean {
  const { lock, files, runs, faults, unknown } = checked;
  if (files.size === 0 && faults.length === 0) {
    throw new UserError(`${root} has no results; name a folder that has`);
  }
  if (lock === null && unknown.length === files.size) {
    throw new UserError(
      `${root} has no ${LOCK}, and its runs have no hashes; ` +
        "deno task verify --write makes one",
    );
  }
  print(faults.map(({ path, why }) => `${root}/${path}: ${why}`));
  if (unknown.length > 0) {
    print(
      `${unknown.length} ${files_(unknown.length)} no record names, such as ` +
        `${root}/${unknown[0]}`,
    );
  }
  const by = lock === null ? "their run.json" : `${root}/${LOCK}`;
  const of = `${files.size} ${files_(files.size)}, ${runs.length} ` +
    (runs.length === 1 ? "run" : "runs");
  print(
    faults.length === 0
      ? `${of}: all are as ${by} has them`
      : `${of}: ${faults.length} not as recorded`,
  );
  return faults.length === 0;
}

const files_ = (count: number) => count === 1 ? "file" : "files";

/** Writes results.lock, unless a run is not what its own record says. */
async function write(
  { root, parts }: { root: string; parts: string[] },
): Promise<number> {
  if (!parts.includes("")) {
    throw new UserError(
      `--write: ${LOCK} is of all results; name ${root} instead`,
    );
  }
  const checked = await checkTree(root, [""], { isLockRead: false });
  const hashes = toLock(checked);
  if (hashes.size === 0) {
    throw new UserError(`--write: ${root} has no results`);
  }
  if (checked.faults.length > 0) {
    print(checked.faults.map(({ path, why }) => `${root}/${path}: ${why}`));
    print(`${root}/${LOCK} was not written`);
    return 1;
  }
  const lock = await readLock(root);
  const before = lock?.hashes ?? new Map<string, string>();
  const lines: string[] = [];
  for (const path of new Set([...before.keys(), ...hashes.keys()])) {
    const [was, is] = [before.get(path), hashes.get(path)];
    if (was === is) continue;
    const what = was === undefined
      ? "added"
      : is === undefined
      ? "removed"
      : "changed";
    lines.push(`${what}  ${path}`);
  }
  await writeAtomically(`${root}/${LOCK}`, formatLock(hashes));
  if (lock !== null) print(lines.sort());
  print(`${root}/${LOCK} has ${hashes.size} ${files_(hashes.size)}`);
  return 0;
}

/** Draws runs and makes them again. @returns a number: the exit code */
async function makeAgain(
  root: string,
  runs: readonly string[],
  share: string,
  { flags, args, script }: {
    readonly flags: Flags;
    readonly args: readonly string[];
    readonly script: Script | undefined;
  },
): Promise<Rerun | number> {
  // Only here: what trains takes longer to load than a check.
  const { drawn, rerunSome } = await import("./rerun_some.ts");
  const count = Math.ceil(shareOf(share) * runs.length);
  const seed = flags.seed ?? 0;
  const some = drawn(runs, { count, seed });
  const found = await rerunSome(root, some, { data: flags, args, script });
  if (typeof found === "number") return found;
  for (const [run, verdict] of found.verdicts) print(`${run}  ${verdict}`);
  print(verdictsInWords(found.verdicts.values(), Deno.build.arch));
  return { share, seed, of: runs.length, ...found };
}

async function certify(
  path: string,
  { lock, runs, files, parts }: Checked & { readonly parts: string[] },
  rerun: Rerun | null,
  key: Key | null,
): Promise<void> {
  const provenance = await import("../results/provenance.ts");
  const { git: { commit, dirty } } = await provenance.sourceState();
  const records = runs.flatMap((run) =>
    ["run.json", "measurement.json"].flatMap((name) => {
      const hash = files.get(`${run}/${name}`);
      return hash === undefined ? [] : [[`${run}/${name}`, hash] as const];
    })
  );
  const statement = statementOf({
    lockSha256: lock!.sha256,
    parts,
    records: new Map(records),
    revision: { commit, dirty },
    packagesSha256: await provenance.lockSha256(),
    machine: { arch: Deno.build.arch, ...provenance.versions() },
    rerun,
  });
  const body = jsonText(statement);
  const content = key === null ? body : await seal(body, key);
  await writeNew({ flag: "certificate", path, content });
  print(
    `certificate in ${path}: ${statement.predicate.result}, ` +
      (key === null ? "not signed" : `signed by ${key.id}`),
  );
}

/** Checks a certificate, and the results that it is about. */
async function verifyOne(path: string, flags: Flags): Promise<number> {
  const root = flags.results ?? inProject("results");
  const key = flags.key === undefined ? null : await readPublicKey(flags.key);
  const checked = await checkTree(root, [""]);
  const isRecorded = report(root, checked);
  try {
    const certificate = await open(await readText(path), key);
    const statement = readStatement(certificate.statement);
    requireSubjects(statement, root, checked);
    print(inWords(path, statement, certificate.signer));
    return isRecorded && statement.predicate.result !== "FAILED" ? 0 : 1;
  } catch (error) {
    if (error instanceof UserError) {
      throw new UserError(`${path}: ${error.message}`);
    }
    if (!(error instanceof NotGenuineError)) throw error;
    print(`${path}: ${error.message}`);
    return 1;
  }
}

/** @throws {NotGenuineError} it is of other results */
function requireSubjects(
  { subject }: Statement,
  root: string,
  { lock, files }: Checked,
): void {
  for (const { name, digest } of subject) {
    const is = name === LOCK ? lock?.sha256 : files.get(name);
    if (is === digest.sha256) continue;
    throw new NotGenuineError(
      is === undefined
        ? `it is about ${name}, which ${root} has not`
        : `it is about another ${name} than ${root}/${name}`,
    );
  }
}

function inWords(
  path: string,
  { predicate: { result, passedTests, elboLab } }: Statement,
  signer: string | null,
): string[] {
  const { revision: { commit, dirty }, machine, rerun } = elboLab;
  const arch = machine["arch"] ?? "an unknown machine";
  return [
    `${path}: ${result}, ` +
    (signer === null
      ? "not signed: whoever has it could have written it"
      : `signed by ${signer}`),
    `  revision ${commit ?? "unknown"}${dirty ? ", changed since" : ""}`,
    `  ${arch}, Deno ${machine["deno"] ?? "unknown"}`,
    ...passedTests.filter((test) => test.startsWith("hashes of "))
      .map((test) => `  ${test}`),
    rerun === null
      ? "  no run was made again"
      : `  ${verdictsInWords(Object.values(rerun.verdicts), arch)}: ` +
        `${rerun.share} of ${rerun.of} runs, drawn with seed ${rerun.seed}`,
  ];
}

if (import.meta.main) await runTask((args) => verify(args));
