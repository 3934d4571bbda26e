/** From a step's plan to the module's program and the memory that it needs. */

import type { OptimizerSpec } from "../../model/optimizers.ts";
import {
  kernelOf,
  sharedMode,
  sharedName,
} from "../../model/likelihood/families.ts";
import type { VaeSpec } from "../../model/spec.ts";
import { importanceSamples, type ObjectiveSpec } from "../../objective/spec.ts";
import type { Operation } from "../operations.ts";
import { type ChainStages, type StepPlan, stepPlan } from "../step_plan.ts";
import {
  ADD_BIAS,
  GRADIENTS,
  objectiveCode,
  SHARED_MODES,
  TIMES_DERIVATIVE,
} from "./codes.ts";
import {
  type Command,
  type CommandStage,
  programBytes,
  sideBySide,
  tasksOf,
  writeProgram,
} from "./commands.ts";
import {
  batchCommands,
  dreamCommand,
  listCommands,
  placeLists,
  secondOutput,
} from "./batch_commands.ts";
import { chainCommand, placeChain } from "./chain_commands.ts";
import * as layout from "./layout.ts";
import {
  Allocator,
  type Placed,
  type PlacedParameters,
  roundUp,
} from "./memory_layout.ts";
import { Places } from "./places.ts";
import { updateCommand } from "./update_command.ts";
import {
  type Finisher,
  type Operand,
  type Product,
  sparseProduct,
} from "./products.ts";

/** What a model's programs have in common. */
export interface ProgramContext {
  readonly spec: VaeSpec;
  readonly objective: ObjectiveSpec;
  readonly optimizer: OptimizerSpec;
  /** see `Optimizer` */
  readonly weightDecay: number;
  readonly parameters: PlacedParameters;
  /** how dense products are had */
  readonly product: Product;
  /** whether products of x skip its zeros instead */
  readonly skipsZeros: boolean;
  /** first address of the programs and their matrices */
  readonly start: number;
}

/** Addresses of the programs that move chains. */
export type ChainPrograms = Readonly<Record<keyof ChainStages, number>>;

/** A program, ready to be written and run. */
export interface CompiledProgram {
  readonly size: number;
  readonly draws: number;
  /** of the program */
  readonly address: number;
  /** of Monte Carlo EM: of the programs that move the chains before */
  readonly chains: ChainPrograms | null;
  readonly matrices: ReadonlyMap<string, Placed>;
  /** where a step's terms are written, or an evaluation's sums */
  readonly log: number;
  /** where ln p(x|z) of each row is: rows s * size + b, float32 */
  readonly logProbs: number;
  /** where ln q(z|x) - ln p(z) of each row is, for IWAE alone */
  readonly ratios: number;
  /** where a batch's rows of the data belong, bytes or floats, unpadded */
  readonly rows: number;
  /** first address behind all that the program uses */
  readonly end: number;
  write(memory: ArrayBufferLike): void;
}

/**
 * Compiles a step, or an evaluation, for batches of `size` datapoints with
 * `draws` draws of z.
 *
 * @throws {UserError} it needs more memory than there are addresses
 */
export function compile(
  context: ProgramContext,
  size: number,
  draws: number,
  purpose: "train" | "evaluate",
): CompiledProgram {
  const { spec, parameters, product, skipsZeros } = context;
  const { dataDim, latentDim } = spec;
  const plan = stepPlan(spec, size, draws, purpose, context.objective);
  const allocator = new Allocator(context.start);
  const matrices = new Map(
    [...plan.matrices].map(([name, shape]) => [name, allocator.matrix(shape)]),
  );
  const rows = size * draws;
  const places = new Places(spec, parameters, matrices, { size, rows });
  const matrix = (name: string) => places.matrix(name);
  const weight = (layer: string) => places.parameter(`${layer}/weight`);
  const bias = (layer: string) => places.parameter(`${layer}/bias`);
  const floats = (count: number) => allocator.bytes(4 * roundUp(count, 8));

  const dataRows = floats(size * dataDim);
  const { stages, chains } = plan;
  const operations = [stages, ...Object.values<typeof stages>(chains ?? {})]
    .flat(2);
  const lists = placeLists(
    ["x", "dream/x"].filter((name) => skipsZeros && matrices.has(name)),
    operations,
    places,
    allocator,
  );
  const logProbs = floats(rows);
  const hasShared = sharedMode(spec.likelihood) !== "none";
  const kernel = kernelOf(spec.likelihood);
  const squares = hasShared ? floats(rows) : 0;
  const ratios = floats(rows);
  const logPosteriors = floats(rows);
  const chain = chains === undefined ? null : placeChain(places, allocator);
  const rowWeights = floats(rows);
  const outputFactors = floats(rows);
  const takes = floats(rows);
  const klMeans = allocator.bytes(8 * latentDim);
  const klWeights = floats(latentDim);
  const log = allocator.bytes(8 * (2 + latentDim));
  const scratchStart = allocator.end;
  let scratchEnd = scratchStart;

  const isotropic = spec.posterior === "isotropic" ? 1 : 0;
  const objective = objectiveCode(context.objective);
  const k = importanceSamples(context.objective);
  const likelihoods = { logProbs, squares };
  const variance = hasShared
    ? places.parameter(sharedName(spec.likelihood)!)
    : null;

  function inputGradient(
    { from, activated, output }: Operation & { kind: "input-gradient" },
    scratch: Allocator,
  ): CommandStage[] {
    const finisher: Finisher = activated === null ? { code: layout.STORE } : {
      code: TIMES_DERIVATIVE[activated.activation],
      activations: matrix(activated.values),
    };
    return from.flatMap(({ layer, gradient }, i) =>
      product(
        { matrix: matrix(gradient) },
        { matrix: weight(layer).value, transposed: true },
        matrix(output),
        i === from.length - 1 ? finisher : null,
        scratch,
        i > 0,
      )
    );
  }

  function layerGradient(
    { input, layer, gradient }: Operation & { kind: "layer-gradient" },
    scratch: Allocator,
  ): CommandStage[] {
    const from = matrix(gradient);
    const sums: Command = {
      opcode: layout.SUM_COLUMNS,
      tasks: tasksOf(from.stride / 4, layout.SUM_WIDTH),
      // deno-fmt-ignore
      words: [
        from.address, from.stride, from.rows, from.stride / 4,
        bias(layer).gradient.address,
      ],
    };
    const to = weight(layer).gradient;
    const finisher = { code: layout.STORE };
    const listed = lists.get(input)?.columns ?? null;
    const weights = listed !== null
      ? sparseProduct(listed, from, to, finisher, scratch)
      : product(
        { matrix: matrix(input), transposed: true } satisfies Operand,
        { matrix: from },
        to,
        finisher,
        scratch,
      );
    return sideBySide(weights, [[sums]]);
  }

  function likelihood(): Command {
    const { address, stride } = matrix("output");
    return {
      opcode: layout.LIKELIHOOD,
      tasks: tasksOf(rows, layout.LIKELIHOOD_ROWS),
      // deno-fmt-ignore
      words: [
        kernel, address, secondOutput(places, ""), matrix("x").address, stride,
        rows, size, dataDim, hasShared ? squares : logProbs,
      ],
    };
  }

  function infer(draws: number, objective: number): Command {
    return {
      opcode: layout.INFER,
      tasks: tasksOf(size, layout.INFER_ROWS),
      // deno-fmt-ignore
      words: [
        matrix("mean").address, matrix("log_variance").address, isotropic,
        matrix("noise").address, matrix("z").address, matrix("kl").address,
        ratios, size, draws, latentDim, matrix("z").stride, objective,
      ],
    };
  }

  function commandsOf(
    operation: Operation,
    scratch: Allocator,
  ): CommandStage[] {
    switch (operation.kind) {
      case "batch":
        return batchCommands(places, dataRows, lists);
      case "affine": {
        const { input, layer, activation } = operation;
        const finisher = {
          code: activation === null ? layout.ADD_BIAS : ADD_BIAS[activation],
          bias: bias(layer).value.address,
        };
        const to = matrix(operation.output);
        const { value } = weight(layer);
        const listed = lists.get(input)?.rows ?? null;
        if (listed !== null) {
          return sparseProduct(listed, value, to, finisher, scratch);
        }
        const from = { matrix: matrix(input) };
        return product(from, { matrix: value }, to, finisher, scratch);
      }
      case "infer": {
        // Evaluations have the KL in closed form: see objective/elbo.ts.
        const isClosed = purpose === "evaluate" &&
          objective === layout.ELBO_SAMPLED;
        return [[infer(draws, isClosed ? layout.ELBO : objective)]];
      }
      case "kl":
        return [[infer(0, layout.ELBO)]];
      case "chain-density":
      case "chain-start":
      case "chain-momentum":
      case "chain-leap":
      case "chain-accept":
        return [[chainCommand(operation, places, chain!, likelihoods)]];
      case "dream":
        return [[dreamCommand(places)], listCommands("dream/x", places, lists)];
      case "log-posterior": {
        const of = (name: string) =>
          matrix(name.replace("*", operation.prefix));
        const { address, rows, stride } = of("*z");
        return [[{
          opcode: layout.LOG_POSTERIOR,
          tasks: tasksOf(size, layout.INFER_ROWS),
          // deno-fmt-ignore
          words: [
            of("*mean").address, of("*log_variance").address, isotropic,
            address, logPosteriors, of("gradient/*mean").address,
            of("gradient/*log_variance").address, size, rows / size,
            latentDim, stride,
          ],
        }]];
      }
      case "likelihood":
        return [[likelihood()]];
      case "weigh":
        return [[{
          opcode: layout.WEIGH,
          tasks: 1,
          // deno-fmt-ignore
          words: [
            logProbs, squares, matrix("kl").address, matrix("kl").stride,
            ratios, rowWeights, outputFactors, takes, klMeans, klWeights,
            variance?.value.address ?? 0, variance?.gradient.address ?? 0,
            SHARED_MODES[sharedMode(spec.likelihood)], log, size, draws, latentDim, dataDim,
            objective, k, logPosteriors, kernel,
          ],
        }]];
      case "sum-terms":
        return [[{
          opcode: layout.SUM_TERMS,
          tasks: 1,
          // deno-fmt-ignore
          words: [
            logProbs, squares, matrix("kl").address, matrix("kl").stride,
            ratios, variance?.value.address ?? 0, SHARED_MODES[sharedMode(spec.likelihood)], log,
            size, draws, latentDim, dataDim, objective, k, kernel,
          ],
        }]];
      case "scale-output": {
        const { address, stride } = matrix(operation.output);
        return [[{
          opcode: layout.SCALE_ROWS,
          tasks: tasksOf(rows, layout.LIKELIHOOD_ROWS),
          words: [address, stride, rows, dataDim, outputFactors],
        }]];
      }
      case "layer-gradient":
        return layerGradient(operation, scratch);
      case "input-gradient":
        return inputGradient(operation, scratch);
      case "posterior-gradient": {
        const { objective: chosen } = context;
        const gradient = "gradient" in chosen ? chosen.gradient : "plain";
        return [[{
          opcode: layout.POSTERIOR_GRADIENT,
          tasks: tasksOf(size, layout.INFER_ROWS),
          // deno-fmt-ignore
          words: [
            matrix("mean").address, matrix("log_variance").address, isotropic,
            matrix("noise").address, matrix("z").address,
            matrix("gradient/z").address, rowWeights, takes, klWeights,
            matrix("gradient/mean").address,
            matrix("gradient/log_variance").address, size, draws, latentDim,
            matrix("z").stride, objective, GRADIENTS[gradient],
          ],
        }]];
      }
      case "update":
        return [[updateCommand(context)]];
    }
  }

  const compiled = (stages: StepPlan["stages"]) =>
    stages.flatMap((stage) => {
      const scratch = new Allocator(scratchStart);
      const commands = sideBySide(
        ...stage.map((operation) => commandsOf(operation, scratch)),
      );
      scratchEnd = Math.max(scratchEnd, scratch.end);
      return commands;
    });
  const parts = Object.entries({ main: stages, ...chains })
    .map(([name, stages]) => ({ name, stages: compiled(stages) }));
  const last = new Allocator(scratchEnd);
  const programs = parts.map((part) => ({
    ...part,
    address: last.bytes(programBytes(part.stages)),
  }));
  const { main, ...moves } = Object.fromEntries(
    programs.map(({ name, address }) => [name, address]),
  );
  return {
    size,
    draws,
    address: main!,
    chains: chains === undefined ? null : moves as ChainPrograms,
    matrices,
    log,
    logProbs,
    ratios,
    rows: dataRows,
    end: last.end,
    write(memory) {
      for (const { address, stages } of programs) {
        writeProgram(memory, address, stages);
      }
    },
  };
}
