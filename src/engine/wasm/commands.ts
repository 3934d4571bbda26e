/** The module's commands, their arguments, and programs of them in memory. */

import {
  type Arguments,
  assemblyClass,
  CHAINS,
  type Fields,
  LATENTS,
  OUTPUTS,
  TERMS,
  UPDATE,
  wordsOf,
} from "../fields.ts";
import * as layout from "./layout.ts";
import { roundUp } from "./memory_layout.ts";

/** Arguments of commands. The module's classes of these names read them. */
const FIELDS = {
  Latents: LATENTS,
  Outputs: OUTPUTS,
  Terms: TERMS,
  Chains: CHAINS,
  Update: UPDATE,
  Pixels: { counts: ["size", "columns", "stride"], addresses: ["data", "x"] },
  Numbers: {
    counts: ["count", "columns", "stride"],
    addresses: ["stream", "out"],
  },
  RowNumbers: {
    counts: ["size", "draws", "columns", "stride"],
    addresses: ["streams", "out"],
  },
  Lists: {
    counts: ["stride", "rows", "columns", "capacity"],
    addresses: ["x", "counts", "entries"],
  },
  SparseProduct: {
    codes: ["finisher"],
    counts: ["capacity", "bStride", "stride", "rows", "columns"],
    addresses: ["counts", "entries", "b", "c", "bias"],
  },
  Pack: {
    counts: ["laneStride", "depthStride", "lanes", "depth", "width"],
    addresses: ["source", "out"],
  },
  Product: {
    codes: ["finisher"],
    counts: [
      ...["depth", "stride", "tilesDown", "tilesAcross"] as const,
      ...["accumulates", "activationStride"] as const,
    ],
    addresses: ["a", "b", "c", "bias", "activations"],
  },
  SumColumns: {
    counts: ["stride", "rows", "columns"],
    addresses: ["matrix", "sums"],
  },
} as const satisfies Record<string, Fields>;

/** @param count the argument whose every `unit` is a task; null: it is one */
const kind = <Name extends keyof typeof FIELDS>(
  fields: Name,
  count: string | null = null,
  unit = 1,
) => ({ fields, count, unit });

/** All commands. The i-th has the opcode i + 1. */
const COMMANDS = {
  "pixels": kind("Pixels", "size", layout.BATCH_ROWS),
  "normals": kind("Numbers", "count", layout.NUMBERS_PER_TASK),
  "row-normals": kind("RowNumbers", "size"),
  "uniforms": kind("Numbers", "count", layout.NUMBERS_PER_TASK),
  "list-rows": kind("Lists", "rows", layout.BATCH_ROWS),
  "list-columns": kind("Lists", "columns", layout.LIST_WIDTH),
  "sparse-product": kind("SparseProduct"),
  "pack": kind("Pack"),
  "product": kind("Product"),
  "sum-columns": kind("SumColumns", "columns", layout.SUM_WIDTH),
  "infer": kind("Latents", "size", layout.INFER_ROWS),
  "log-posterior": kind("Latents", "size", layout.INFER_ROWS),
  "posterior-gradient": kind("Latents", "size", layout.INFER_ROWS),
  "likelihood": kind("Outputs", "rows", layout.LIKELIHOOD_ROWS),
  "log-likelihood": kind("Outputs", "rows", layout.LIKELIHOOD_ROWS),
  "dream": kind("Outputs", "rows", layout.LIKELIHOOD_ROWS),
  "scale-outputs": kind("Outputs", "rows", layout.LIKELIHOOD_ROWS),
  "row-weights": kind("Terms"),
  "sum-terms": kind("Terms"),
  "spread": kind("Terms"),
  "chain-density": kind("Chains", "rows", layout.LIKELIHOOD_ROWS),
  "chain-start": kind("Chains"),
  "chain-momentum": kind("Chains", "rows", layout.LIKELIHOOD_ROWS),
  "chain-leap": kind("Chains", "rows", layout.LIKELIHOOD_ROWS),
  "chain-accept": kind("Chains"),
  "sgd": kind("Update", "count", layout.UPDATE_SIZE),
  "adagrad": kind("Update", "count", layout.UPDATE_SIZE),
  "adam": kind("Update", "count", layout.UPDATE_SIZE),
};

export type CommandName = keyof typeof COMMANDS;

/** One command: its tasks may run in any order, on any thread. */
export interface Command {
  readonly name: CommandName;
  readonly tasks: number;
  /** its arguments by name */
  readonly values: Readonly<Record<string, number>>;
}

/** Commands that do not depend on each other; all threads wait at its end. */
export type CommandStage = readonly Command[];

type ArgumentsOf<Name extends CommandName> = Arguments<
  typeof FIELDS[typeof COMMANDS[Name]["fields"]]
>;

/** @param tasks their number, where no argument gives it */
export function command<Name extends CommandName>(
  name: Name,
  values: ArgumentsOf<Name>,
  tasks?: number,
): Command {
  const { count, unit } = COMMANDS[name];
  const all: Readonly<Record<string, number>> = values;
  return {
    name,
    tasks: tasks ?? (count === null ? 1 : Math.ceil(all[count]! / unit)),
    values: all,
  };
}

const opcodeOf = (name: string) => 1 + Object.keys(COMMANDS).indexOf(name);

/** Prints assembly/commands.ts: opcodes, and a class for each list of fields. */
export function commandsInAssembly(): string {
  const opcodes = Object.keys(COMMANDS).map((name) =>
    `export const ${name.replaceAll("-", "_").toUpperCase()} = ` +
    `${opcodeOf(name)};`
  );
  const classes = Object.entries(FIELDS).map(([name, fields]) =>
    assemblyClass(name, fields)
  );
  return `// Printed by \`deno task build:wasm\` from ../commands.ts.

${opcodes.join("\n")}

${classes.join("\n")}`;
}

/** Bytes of a program, with its end and the counters of all threads. */
export function programBytes(stages: readonly CommandStage[]): number {
  const { length } = stages.flat();
  const { COMMAND_BYTES, COUNTER_BYTES, COUNTERS_ALIGNMENT } = layout;
  const counters = roundUp(length * COUNTER_BYTES, COUNTERS_ALIGNMENT);
  return (length + 1) * COMMAND_BYTES + layout.MOST_THREADS * counters;
}

export function writeProgram(
  memory: ArrayBufferLike,
  address: number,
  stages: readonly CommandStage[],
): void {
  const view = new DataView(memory, address, programBytes(stages));
  const write = (at: number, word: number) => view.setUint32(at, word, true);
  let at = 0;
  for (const stage of stages) {
    stage.forEach(({ name, tasks, values }, i) => {
      const words = wordsOf(FIELDS[COMMANDS[name].fields], values);
      if (layout.ARGUMENTS + 4 * words.length > layout.COMMAND_BYTES) {
        throw new Error(`command ${name} has too many arguments`);
      }
      write(at + layout.OPCODE, opcodeOf(name));
      write(at + layout.TASKS, tasks);
      write(at + layout.JOINS, i === stage.length - 1 ? 1 : 0);
      words.forEach((word, j) => write(at + layout.ARGUMENTS + 4 * j, word));
      at += layout.COMMAND_BYTES;
    });
  }
  write(at + layout.OPCODE, layout.END);
}
