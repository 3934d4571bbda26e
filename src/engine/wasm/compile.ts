/** From a step's plan to the module's program and the memory that it needs. */

import { noiseKind } from "../../model/likelihood/noise.ts";
import type { OptimizerSpec } from "../../model/optimizers.ts";
import type { VaeSpec } from "../../model/spec.ts";
import type { ObjectiveSpec } from "../../objective/spec.ts";
import { lowerKernel, lowerProduct, matrixOf, placeVectors } from "../lower.ts";
import type {
  KernelOperation,
  LoweringContext,
  Memory,
  Placed,
  PlacedVectors,
  ProductOperation,
} from "../lower.ts";
import type { Operation } from "../operations.ts";
import { programObjective, sideBySide, stepPlan } from "../step_plan.ts";
import type { ChainStages, Purpose } from "../step_plan.ts";
import { entryOf } from "../supported.ts";
import { checkCommand } from "./check_program.ts";
import { command, programBytes, writeProgram } from "./commands.ts";
import type { Command, CommandName, CommandStage } from "./commands.ts";
import * as layout from "./layout.ts";
import { Allocator, type PlacedParameters } from "./memory_layout.ts";
import { product, sparseProduct, STORED } from "./products.ts";
import type { PlacedLists } from "./products.ts";
import { SUPPORTED } from "./supported.ts";

/** The common part of a model's programs. */
export interface ProgramContext {
  readonly spec: VaeSpec;
  readonly objective: ObjectiveSpec;
  readonly optimizer: OptimizerSpec;
  readonly weightDecay: number;
  /** programs and their matrices lie behind them */
  readonly parameters: PlacedParameters;
  /** whether the host does something between a step's gradients and its update */
  readonly updatesApart?: boolean;
}

/** Addresses of the programs that move chains. */
export type ChainPrograms = Readonly<Record<keyof ChainStages, number>>;

/** A program, ready to be written and run. */
export interface CompiledProgram {
  readonly size: number;
  readonly draws: number;
  /** of the program's first command */
  readonly address: number;
  /** of the update's, if that is a program of its own */
  readonly update: number | null;
  /** of Monte Carlo EM: the programs that first move the chains */
  readonly chains: ChainPrograms | null;
  readonly matrices: ReadonlyMap<string, Placed>;
  /** by row s * size + b: log p(x|z), and for IWAE log q(z|x) - log p(z) */
  readonly vectors: PlacedVectors;
  /** where a step's terms are written, or an evaluation's sums */
  readonly log: number;
  /** for draws: words by dimension, all bits or none */
  readonly mask: number;
  /** for draws: where the streams of their noise belong, by datapoint */
  readonly streams: number;
  /** where a batch's rows of the data belong, bytes or floats, unpadded */
  readonly rows: number;
  /** first address behind all that the program uses */
  readonly end: number;
  write(memory: ArrayBufferLike): void;
}

/** A matrix's values by row and by column; null: no product needs them. */
interface PixelLists {
  readonly rows: PlacedLists | null;
  readonly columns: PlacedLists | null;
}

/** @throws {UserError} it needs more memory than there are addresses */
export function compile(
  context: ProgramContext,
  size: number,
  draws: number,
  purpose: Purpose,
): CompiledProgram {
  const { spec, optimizer, parameters } = context;
  const { dataDim, latentDim } = spec;
  const objective = programObjective(purpose, context.objective);
  const plan = stepPlan(spec, size, draws, purpose, objective);
  const allocator = new Allocator(parameters.end);
  const matrices = new Map(
    [...plan.matrices].map(([name, shape]) => [name, allocator.matrix(shape)]),
  );
  const rows = allocator.floats(size * dataDim);
  const { stages, chains } = plan;
  const operations = [stages, ...Object.values<typeof stages>(chains ?? {})]
    .flat(2);
  const lists = new Map(
    ["x", "dream/x"]
      .filter((name) => matrices.has(name))
      .map((name) => [
        name,
        placeLists(matrices.get(name)!, name, operations, allocator),
      ]),
  );
  const vectors = placeVectors(
    { rows: size * draws, dims: latentDim },
    (count) => allocator.floats(count),
  );
  const log = allocator.bytes(8 * (2 + latentDim));
  const isOfDraws = purpose === "draws";
  const mask = isOfDraws ? allocator.floats(latentDim) : 0;
  const streams = isOfDraws ? allocator.bytes(layout.STREAM_BYTES * size) : 0;
  const { values, gradients, count, state: [first = 0, second = 0] } =
    parameters;
  const memory: Memory = {
    vectors,
    log,
    mask,
    update: { values, gradients, count, first, second },
    find: (name) => matrices.get(name) ?? null,
    parameter(name) {
      const placed = parameters.byName.get(name);
      if (placed === undefined) throw new Error(`no parameter ${name}`);
      return placed;
    },
  };
  const lowering: LoweringContext = {
    ...{ spec, objective, optimizer, weightDecay: context.weightDecay },
    ...{ size, draws, supported: SUPPORTED, memory },
  };

  function commandsOf(
    operation: Operation,
    scratch: Allocator,
  ): CommandStage[] {
    switch (operation.kind) {
      case "batch":
        return [
          batchCommands(context, memory, rows),
          listCommands("x"),
        ];
      case "row-noise": {
        const { at: out, columns, stride } = matrixOf(memory, "noise");
        const noise = { size, draws, columns, stride, streams, out };
        return [[command("row-normals", noise)], listCommands("x")];
      }
      case "affine":
      case "input-gradient":
      case "layer-gradient":
      case "condition-gradient":
        return productCommands(operation, scratch);
      case "dream":
        return [[kernelCommand(operation)], listCommands("dream/x")];
      default:
        return [[kernelCommand(operation)]];
    }
  }

  function kernelCommand(operation: KernelOperation): Command {
    const { kind } = operation;
    const name: CommandName = kind === "kl"
      ? "infer"
      : kind === "update"
      ? entryOf(SUPPORTED.optimizers, optimizer.name)
      : kind;
    const { values } = lowerKernel(operation, lowering);
    return command(name, values as Parameters<typeof command>[1]);
  }

  function productCommands(
    operation: ProductOperation,
    scratch: Allocator,
  ): CommandStage[] {
    const { sources, output, bias, activation, values } = lowerProduct(
      operation,
      memory,
    );
    const codes = activation && entryOf(SUPPORTED.activations, activation);
    const [source] = sources as [typeof sources[number]];
    const listsOf = "input" in operation
      ? lists.get(operation.input)
      : undefined;
    switch (operation.kind) {
      case "affine": {
        const finisher = { code: codes?.[0] ?? layout.ADD_BIAS, bias };
        return sources.flatMap(({ a, b }, i) => {
          const own = i === sources.length - 1 ? finisher : null;
          return i === 0 && listsOf?.rows
            ? sparseProduct(listsOf.rows, b, output, own ?? STORED)
            : product(
              { matrix: a },
              { matrix: b },
              output,
              own,
              scratch,
              i > 0,
            );
        });
      }
      case "condition-gradient":
        return product(
          { matrix: source.a, transposed: true },
          { matrix: source.b },
          output,
          STORED,
          scratch,
        );
      case "input-gradient": {
        const finisher = codes === null
          ? STORED
          : { code: codes[1], activations: values };
        return sources.flatMap(({ a, b }, i) =>
          product(
            { matrix: a },
            { matrix: b, transposed: true },
            output,
            i === sources.length - 1 ? finisher : null,
            scratch,
            i > 0,
          )
        );
      }
      case "layer-gradient": {
        const { at, rows, stride } = source.b;
        const sums = command("sum-columns", {
          ...{ matrix: at, stride, rows, columns: stride / 4, sums: bias },
        });
        const products = listsOf?.columns
          ? sparseProduct(listsOf.columns, source.b, output, STORED)
          : product(
            { matrix: source.a, transposed: true },
            { matrix: source.b },
            output,
            STORED,
            scratch,
          );
        return sideBySide(products, [[sums]]);
      }
    }
  }

  /** Lists the values of a matrix of pixels that are not zero. */
  function listCommands(name: string): CommandStage {
    const { at, rows, columns, stride } = matrixOf(memory, name);
    const list = (
      kind: "list-rows" | "list-columns",
      placed: PlacedLists | null | undefined,
    ) =>
      placed
        ? [command(kind, { x: at, rows, columns, stride, ...placed })]
        : [];
    const own = lists.get(name);
    return [
      ...list("list-rows", own?.rows),
      ...list("list-columns", own?.columns),
    ];
  }

  const scratchStart = allocator.end;
  let scratchEnd = scratchStart;
  const splits = purpose === "train" && context.updatesApart;
  const mains: Readonly<Record<string, typeof stages>> = splits
    ? { main: stages.slice(0, -1), update: stages.slice(-1) }
    : { main: stages };
  const parts = Object.entries({ ...mains, ...chains }).map(
    ([name, stages]) => ({
      name,
      stages: stages.flatMap((stage) => {
        const scratch = new Allocator(scratchStart);
        const commands = sideBySide(
          ...stage.map((operation) => commandsOf(operation, scratch)),
        );
        scratchEnd = Math.max(scratchEnd, scratch.end);
        const blocks = [parameters, allocator, scratch]
          .flatMap(({ blocks }) => blocks);
        for (const own of commands.flat()) {
          const updates = "gradients" in own.values;
          checkCommand(own, updates ? parameters.updated : blocks);
        }
        return commands;
      }),
    }),
  );
  const last = new Allocator(scratchEnd);
  const programs = parts.map((part) => ({
    ...part,
    address: last.bytes(programBytes(part.stages)),
  }));
  const { main, update = null, ...moves } = Object.fromEntries(
    programs.map(({ name, address }) => [name, address]),
  );
  return {
    ...{ size, draws, matrices, vectors, log, mask, streams, rows },
    ...{ address: main!, update },
    chains: chains === undefined ? null : moves as ChainPrograms,
    end: last.end,
    write(memory) {
      for (const { address, stages } of programs) {
        writeProgram(memory, address, stages);
      }
    },
  };
}

/** Makes room for the lists of a matrix of pixels that products need. */
function placeLists(
  { rows, columns }: Placed,
  name: string,
  operations: readonly Operation[],
  allocator: Allocator,
): PixelLists {
  const listsOf = (count: number, capacity: number): PlacedLists => ({
    counts: allocator.floats(count),
    entries: allocator.bytes(8 * count * capacity),
    capacity,
  });
  const isInputOf = (kind: Operation["kind"]) =>
    operations.some((use) =>
      use.kind === kind && "input" in use && use.input === name
    );
  return {
    rows: isInputOf("affine") ? listsOf(rows, columns) : null,
    columns: isInputOf("layer-gradient") ? listsOf(columns, rows) : null,
  };
}

/** Makes a batch and its random numbers. @param data where its rows are */
function batchCommands(
  { spec: { likelihood } }: ProgramContext,
  memory: Memory,
  data: number,
): CommandStage {
  const { at: x, rows: size, columns, stride } = matrixOf(memory, "x");
  const observed = { normal: "normals", uniform: "uniforms" } as const;
  const numbers = [
    ["normals", "noise", layout.NOISE_STREAM],
    ["normals", "dream/z", layout.PRIOR_STREAM],
    [observed[noiseKind(likelihood)], "dream/noise", layout.DREAM_STREAM],
    ["normals", "chain/momenta", layout.MOMENTUM_STREAM],
    ["uniforms", "chain/uniforms", layout.ACCEPTANCE_STREAM],
  ] as const;
  return [
    command("pixels", { data, size, columns, x, stride }),
    ...numbers.flatMap(([name, matrix, stream]) => {
      const placed = memory.find(matrix);
      if (placed === null) return [];
      const { at: out, rows, columns, stride } = placed;
      return [
        command(name, { stream, count: rows * columns, columns, out, stride }),
      ];
    }),
  ];
}
