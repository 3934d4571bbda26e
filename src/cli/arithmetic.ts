/** How the wasm engine computes, from its flags and back. */

import type { Arithmetic, EngineDescription } from "../engine/open_engine.ts";
import { findBlas, mayCallLibraries } from "../engine/wasm/blas.ts";
import { UserError } from "../errors.ts";
import type { FlagValues } from "./flags.ts";
import { say } from "./progress.ts";
import { required } from "./required.ts";
import { commandLine } from "./task_command.ts";

/** What is asked for. */
export interface AskedArithmetic {
  readonly fastMath: boolean;
  /** a library's path or name; `auto`: one that is found; null: none */
  readonly blas: string | null;
}

/** Reads the flags. @throws {UserError} they are not of the engine */
export function askedArithmeticOf(flags: FlagValues): AskedArithmetic {
  const fastMath = flags["fast-math"];
  const typed = required(flags.blas);
  const blas = typed === "off" ? null : typed;
  const asked = fastMath ? "--fast-math" : blas && `--blas ${blas}`;
  if (asked !== null && flags.engine !== "wasm") {
    throw new UserError(
      `${asked}: only the wasm engine has it; add --engine wasm`,
    );
  }
  return { fastMath, blas };
}

/**
 * Finds the library.
 *
 * @param args of the command line, for the message
 * @throws {UserError} there is none at the path, or none may be called
 */
export function findArithmetic(
  { fastMath, blas }: AskedArithmetic,
  experiment: string,
  args: readonly string[],
): Arithmetic {
  if (blas === null) return { fastMath, blas };
  if (!mayCallLibraries()) {
    const command = commandLine(experiment, args, { callsLibraries: true });
    throw new UserError(
      `--blas ${blas}: tasks may not call libraries; run ${command}`,
    );
  }
  const found = findBlas(blas);
  if (found === null) {
    say(
      "--blas auto: no OpenBLAS found (Debian: libopenblas0-pthread); off",
    );
  }
  return { fastMath, blas: found };
}

/** One line on what the wasm engine computes with, so many runs at a time. */
export function arithmeticNotice(
  { bits, fastMath, blas }: EngineDescription,
  { jobs, threads }: { jobs: number; threads: number },
): string {
  const on = (threads === 1 ? "1 thread" : `${threads} threads`) +
    (jobs === 1 ? "" : " for each run");
  const how = [
    ...fastMath ? [" with fast math"] : [],
    ...blas ? [`, products by ${blas.library} (${blas.build})`] : [],
  ].join("");
  const whose = bits === "portable"
    ? "the same bits on every machine"
    : "this machine's bits";
  return `engine: wasm on ${on}${how}, ${whose}`;
}

/** The flags that ask for an engine's arithmetic again. */
export function arithmeticFlagsOf(
  { fastMath, blas, tiles }: EngineDescription,
): string[] {
  return [
    ...tiles ? ["--tiles", tiles] : [],
    ...fastMath ? ["--fast-math"] : [],
    ...blas ? ["--blas", blas.library] : [],
  ];
}
