/** How the wasm engine computes, from its flags and back. */

import type { Arithmetic, EngineDescription } from "../engine/open_engine.ts";
import { findBlas, mayCallLibraries } from "../engine/wasm/blas.ts";
import { UserError } from "../errors.ts";
import { say } from "./progress.ts";
import type { Request } from "./request.ts";
import { commandLine } from "./task_command.ts";

/** @throws {UserError} no library is at the path, or none may be called */
export function findArithmetic(
  { fastMath, blas }: Pick<Request, "fastMath" | "blas">,
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
