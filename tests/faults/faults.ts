/**
 * Disturbs commands at operations that change the file system, gives them
 * again, and compares what is there with what an undisturbed command leaves.
 */

import { assert, assertEquals } from "@std/assert";
import { cp } from "node:fs/promises";
import { MADE_JSON } from "../../src/results/run_json.ts";
import { sha256, withFolder } from "../data/helpers.ts";
import {
  commandOf,
  exists,
  type Outcome,
  ROOT,
  runCommand,
  tinyNet,
} from "../experiments/command.ts";

/** How an operation is disturbed: see preload.c. */
export const KINDS = ["kill", "torn", "ENOSPC", "full", "EIO"] as const;

/** How an operation is disturbed. */
export type Kind = typeof KINDS[number];

/** Commands that are disturbed. */
export interface Subject {
  /** Makes what is there before. */
  readonly prepare?: (out: string) => Promise<void>;
  /** the command that is disturbed */
  readonly command: (out: string) => Line;
  /** what is given then; the same if absent */
  readonly again?: (out: string) => Line;
}

/** A command that begins with `deno`, and its arguments. */
type Line = readonly [command: string, args: readonly string[]];

const SMALL: string = "deno run --allow-read --allow-write " +
  "tests/faults/small_run.ts";

const small = (...more: string[]) => (out: string): Line => [
  SMALL,
  [out, ...more],
];

/** A sweep of a run or more, by what starts soonest. */
export const sweep = (...more: string[]) => (out: string): Line => [
  commandOf("exp:latent-sweep"),
  [
    ...tinyNet({ out, "checkpoint-every": 2, engine: "wasm" }),
    ...["--quiet", ...more],
  ],
];

/** Code that runs for a moment is not made fast first. */
const V8 = { DENO_V8_FLAGS: "--liftoff-only" };

const runSoon = ([command, args]: Line, env: Record<string, string> = {}) =>
  runCommand(command, args, { env: { ...V8, ...env } });

const done = (line: (out: string) => Line) => async (out: string) =>
  assertSilent(await runSoon(line(out)));

/** What is disturbed, by name. */
export const SUBJECTS = {
  /** without tfjs, which takes a second to load */
  small: { command: small() },
  "small --fresh": {
    prepare: done(small()),
    command: small("--fresh"),
    again: small(),
  },
  "small after a kill": {
    prepare: async (out) => {
      await done(small())(out);
      const run = `${out}/small/run`;
      await copy(run, `${run}.old.partial`);
      await Deno.mkdir(`${run}.partial`);
      await Deno.writeTextFile(`${run}.partial/train.csv`, "step\n1");
      await Deno.writeTextFile(`${out}/small/.run.lock`, "1\n");
    },
    command: small("--fresh"),
    again: small(),
  },
  sweep: { command: sweep() },
  "sweep --fresh": {
    prepare: done(sweep()),
    command: sweep("--fresh"),
    again: sweep(),
  },
  gather: {
    prepare: async (out) => {
      for (const cell of ["0", "1"]) {
        await done(sweep("--seed", "1,2", "--cell", cell))(out);
      }
    },
    command: sweep("--seed", "1,2", "--gather"),
  },
  evaluation: {
    prepare: done(sweep()),
    command: (out) => [
      commandOf("evaluate"),
      [`${out}/latent-sweep/glyphs-z2-L1-seed1`, "--quiet", "--k", "2"],
    ],
  },
  page: {
    prepare: done(sweep()),
    command: (out) => [
      commandOf("report"),
      [`${out}/latent-sweep`, "--out", `${out}/page.html`],
    ],
  },
  explorer: {
    prepare: done(sweep()),
    command: (out) => [
      commandOf("explore"),
      [
        `${out}/latent-sweep/glyphs-z2-L1-seed1`,
        ...["--quiet", "--out", `${out}/page.html`],
      ],
    ],
  },
  report: {
    prepare: async (out) =>
      await copy(`${ROOT}results/aevb-figure2`, `${out}/aevb-figure2`),
    command: (out) => [commandOf("published"), ["--results", out]],
  },
  verify: {
    prepare: done(sweep()),
    command: (out) => [commandOf("verify"), [out, "--write"]],
  },
} satisfies Record<string, Subject>;

const copy = (from: string, to: string) => cp(from, to, { recursive: true });

/** Compiles preload.c; says why where that cannot be done. */
export async function buildPreload(
  folder: string,
): Promise<{ library: string } | { reason: string }> {
  if (Deno.build.os !== "linux") return { reason: "it is for Linux" };
  const library = `${folder}/preload.so`;
  const source = `${ROOT}tests/faults/preload.c`;
  const args = ["-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"];
  try {
    const { success } = await new Deno.Command("cc", { args }).output();
    return success ? { library } : { reason: "cc cannot compile it" };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { reason: "no cc" };
    throw error;
  }
}

/** One disturbance of a command. */
export interface Fault {
  /** the n-th operation, from 1 */
  readonly at: number;
  readonly kind: Kind;
}

/** What there is below a folder: hashes of files, by path. */
async function contents(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) {
      found[`${name}/`] = "";
      for (const [inner, hash] of Object.entries(await contents(path))) {
        found[`${name}/${inner}`] = hash;
      }
    } else {
      found[name] = name === MADE_JSON
        ? ""
        : await sha256(await Deno.readFile(path));
    }
  }
  return found;
}

/** What is there meanwhile; a slow evaluation saves the rows that are done. */
const UNFINISHED =
  /\.partial|(^|\/)\.[^/]*\.lock$|\/evaluation-[^/]*\.safetensors$/;

/** A command under test, with what it does when nothing disturbs it. */
export class Trial {
  readonly #subject: Subject;
  readonly #library: string;
  readonly #folder: string;
  readonly #before: Record<string, string>;
  readonly #expected: Record<string, string>;
  /** the names of the operations */
  readonly operations: readonly string[];
  #count = 0;
  /** what the faults so far left */
  readonly #states = new Set<string>();

  private constructor(
    subject: Subject,
    library: string,
    folder: string,
    found: {
      before: Record<string, string>;
      expected: Record<string, string>;
      operations: string[];
    },
  ) {
    this.#subject = subject;
    this.#library = library;
    this.#folder = folder;
    this.#before = found.before;
    this.#expected = found.expected;
    this.operations = found.operations;
  }

  /** How many states of the folder the faults left so far. */
  get states(): number {
    return this.#states.size;
  }

  /**
   * Gives the command once, undisturbed.
   *
   * @param options.keepsStates whether what it would leave where it were killed
   *   is copied on the way, so that kills take no more processes
   */
  static async of(
    subject: Subject,
    library: string,
    folder: string,
    { keepsStates = false } = {},
  ): Promise<Trial> {
    const before = `${folder}/before`;
    await Deno.mkdir(before, { recursive: true });
    await subject.prepare?.(before);
    const out = `${folder}/whole`;
    await copy(before, out);
    const [log, states] = [`${folder}/log`, `${folder}/states`];
    await Deno.mkdir(states);
    const whole = await runSoon(subject.command(out), {
      ...{ LD_PRELOAD: library, FAULT_FOLDER: out, FAULT_LOG: log },
      ...keepsStates && { FAULT_STATES: states },
    });
    assertEquals(whole.code, 0, whole.stderr);
    const lines = (await Deno.readTextFile(log)).trimEnd().split("\n");
    return new Trial(subject, library, folder, {
      before: await contents(before),
      expected: await contents(out),
      operations: lines.map((line) => line.split(" ")[0]!),
    });
  }

  /**
   * All faults that differ: removing needs no room, and what ends after a whole
   * operation ends before the next one.
   */
  faults(): Fault[] {
    const last = this.operations.length - 1;
    return this.operations.flatMap((operation, i) =>
      KINDS.filter((kind) => {
        if (kind === "torn") return operation === "write" || i === last;
        return operation !== "remove" || !["ENOSPC", "full"].includes(kind);
      }).map((kind) => ({ at: i + 1, kind }))
    );
  }

  /**
   * Disturbs the command, gives it again, and compares.
   *
   * @throws {Error} something is lost, torn or left, or is no clear message
   */
  async disturb({ at, kind }: Fault): Promise<void> {
    const out = `${this.#folder}/${this.#count++}`;
    const { command, again = command } = this.#subject;
    const about = `${kind} at ${at} (${this.operations[at - 1]})`;
    const isKill = kind === "kill" || kind === "torn";
    const state = `${this.#folder}/states/${kind}-${at}`;
    if (isKill && await exists(state)) await Deno.rename(state, out);
    else {
      await copy(`${this.#folder}/before`, out);
      const disturbed = await runSoon(command(out), {
        ...{ LD_PRELOAD: this.#library, FAULT_FOLDER: out },
        ...{ FAULT_AT: `${at}`, FAULT_KIND: kind },
      });
      if (!isKill) assertOneLine(disturbed, about);
      else {
        const { code, stderr } = disturbed;
        assert([0, 137].includes(code), `${about}: ${stderr}`);
      }
    }
    const then = await contents(out);
    // Each file is as it was before, or as it will be.
    for (const [path, hash] of Object.entries(then)) {
      if (UNFINISHED.test(path)) continue;
      if (hash === this.#before[path]) continue;
      assertEquals(hash, this.#expected[path], `${about}: ${path} then`);
    }
    // What one fault leaves, others leave, too; the next command sees no more.
    const left = JSON.stringify(Object.entries(then).toSorted());
    if (!this.#states.has(left)) {
      this.#states.add(left);
      const second = await runSoon(again(out));
      assertEquals(second.code, 0, `${about}: ${second.stderr}`);
      assertEquals(await contents(out), this.#expected, about);
    }
    await Deno.remove(out, { recursive: true });
  }
}

function assertSilent({ code, stderr }: Outcome): void {
  assertEquals([code, stderr], [0, ""]);
}

/** Asserts success, or a mistake that is said in one line. */
export function assertOneLine({ code, stderr }: Outcome, about = ""): void {
  const isMistake = code === 2 && /^error: [^\n]+\n$/.test(stderr);
  assert(code === 0 || isMistake, `${about}: code ${code}\n${stderr}`);
}

/**
 * Several processes at once, which add a run each to one experiment, or write
 * the same run; gives their commands again, and compares.
 *
 * @throws {Error} a run or a row is lost, or a process failed
 */
export async function writeAtOnce(
  writers: number,
  rounds: number,
  kind: "one run each" | "the same run",
): Promise<void> {
  const lines = Array.from(
    { length: writers },
    (_, i) => sweep("--seed", kind === "one run each" ? `${i + 1}` : "1"),
  );
  await withFolder(async (folder) => {
    for (const line of lines) await done(line)(`${folder}/whole`);
    const expected = await contents(`${folder}/whole`);
    for (let round = 1; round <= rounds; round++) {
      const out = `${folder}/${round}`;
      const outcomes = await Promise.all(
        lines.map((line) => runSoon(line(out))),
      );
      for (const outcome of outcomes) {
        if (kind === "one run each") assertSilent(outcome);
        else assertOneLine(outcome);
      }
      assertEquals(await contents(out), expected, `round ${round}`);
      await Deno.remove(out, { recursive: true });
    }
  });
}
