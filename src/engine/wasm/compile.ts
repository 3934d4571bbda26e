/** From a step's plan to the module's program and the memory that it needs. */

import type { OptimizerSpec } from "../../model/optimizers.ts";
import { noiseKind } from "../../model/likelihood/noise.ts";
import { DECODER_LOG_VARIANCE, type VaeSpec } from "../../model/spec.ts";
import { importanceSamples } from "../../objective/spec.ts";
import type { Operation } from "../operations.ts";
import { type PlannedObjective, stepPlan } from "../step_plan.ts";
import {
  ADD_BIAS,
  GRADIENTS,
  OBJECTIVES,
  TIMES_DERIVATIVE,
  varianceKind,
} from "./codes.ts";
import {
  type Command,
  type CommandStage,
  programBytes,
  sideBySide,
  writeProgram,
} from "./commands.ts";
import * as layout from "./layout.ts";
import {
  Allocator,
  type Placed,
  type PlacedParameters,
  roundUp,
} from "./memory_layout.ts";
import {
  type Finisher,
  type Operand,
  type PlacedLists,
  type Product,
  sparseProduct,
} from "./products.ts";

/** What a model's programs have in common. */
export interface ProgramContext {
  readonly spec: VaeSpec;
  readonly objective: PlannedObjective;
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

/** A program, ready to be written and run. */
export interface CompiledProgram {
  readonly size: number;
  readonly draws: number;
  /** of the program */
  readonly address: number;
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

const tasksOf = (count: number, unit: number) => Math.ceil(count / unit);

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
  const floats = (count: number) => allocator.bytes(4 * roundUp(count, 8));

  const dataRows = floats(size * dataDim);
  const listsOf = (count: number, capacity: number): PlacedLists => ({
    counts: floats(count),
    entries: allocator.bytes(8 * count * capacity),
    capacity,
  });
  const operations = plan.stages.flat();
  /** Of a matrix of pixels: rows for its products, columns for gradients. */
  function pixelLists(name: string) {
    const hasUse = (kind: Operation["kind"]) =>
      skipsZeros &&
      operations.some((use) =>
        use.kind === kind && "input" in use && use.input === name
      );
    return {
      rows: hasUse("affine") ? listsOf(size, dataDim) : null,
      columns: hasUse("layer-gradient") ? listsOf(dataDim, size) : null,
    };
  }
  const lists = new Map(
    ["x", "dream/x"].map((name) => [name, pixelLists(name)]),
  );
  const logProbs = floats(rows);
  const hasVariance = varianceKind(spec) !== layout.NO_VARIANCE;
  const squares = hasVariance ? floats(rows) : 0;
  const ratios = floats(rows);
  const logPosteriors = floats(rows);
  const rowWeights = floats(rows);
  const outputFactors = floats(rows);
  const takes = floats(rows);
  const klMeans = allocator.bytes(8 * latentDim);
  const klWeights = floats(latentDim);
  const log = allocator.bytes(8 * (2 + latentDim));
  const scratchStart = allocator.end;
  let scratchEnd = scratchStart;

  function matrix(name: string): Placed {
    const placed = matrices.get(name);
    if (placed === undefined) throw new Error(`no matrix ${name}`);
    return placed;
  }
  function parameter(name: string) {
    const placed = parameters.byName.get(name);
    if (placed === undefined) throw new Error(`no parameter ${name}`);
    return placed;
  }
  const weight = (layer: string) => parameter(`${layer}/weight`);
  const bias = (layer: string) => parameter(`${layer}/bias`);

  const isotropic = spec.posterior === "isotropic" ? 1 : 0;
  const objective = OBJECTIVES[context.objective.name];
  const k = importanceSamples(context.objective);
  const variance = hasVariance ? parameter(DECODER_LOG_VARIANCE) : null;

  function batchCommands(): CommandStage[] {
    const x = matrix("x");
    const make: Command[] = [{
      opcode: layout.PIXELS,
      tasks: tasksOf(size, layout.BATCH_ROWS),
      words: [dataRows, size, dataDim, x.address, x.stride],
    }, draw(layout.NORMALS, "noise", layout.NOISE_STREAM)];
    if (matrices.has("dream/z")) {
      const { PRIOR_STREAM, DREAM_STREAM } = layout;
      const kind = noiseKind(spec.likelihood) === "normal"
        ? layout.NORMALS
        : layout.UNIFORMS;
      make.push(draw(layout.NORMALS, "dream/z", PRIOR_STREAM));
      make.push(draw(kind, "dream/noise", DREAM_STREAM));
    }
    return [make, listCommands("x")].filter((stage) => stage.length > 0);
  }

  /** Fills a matrix with the numbers of a stream. */
  function draw(opcode: number, name: string, stream: number): Command {
    const { address, rows, columns, stride } = matrix(name);
    return {
      opcode,
      tasks: tasksOf(rows * columns, layout.NORMALS_PER_TASK),
      words: [stream, rows * columns, columns, address, stride],
    };
  }

  /** Lists the values of a matrix of pixels that are not zero. */
  function listCommands(name: string): Command[] {
    const { address, stride } = matrix(name);
    const list = (
      opcode: number,
      tasks: number,
      { counts, entries, capacity }: PlacedLists,
    ): Command => ({
      opcode,
      tasks,
      // deno-fmt-ignore
      words: [address, stride, size, dataDim, counts, entries, capacity],
    });
    const { rows, columns } = lists.get(name)!;
    const commands: Command[] = [];
    if (rows !== null) {
      const tasks = tasksOf(size, layout.BATCH_ROWS);
      commands.push(list(layout.LIST_ROWS, tasks, rows));
    }
    if (columns !== null) {
      const tasks = tasksOf(dataDim, layout.LIST_WIDTH);
      commands.push(list(layout.LIST_COLUMNS, tasks, columns));
    }
    return commands;
  }

  /** Draws the pixels of the dreams from their decoder's outputs. */
  function dream(): Command {
    const [output, noise, x] = ["output", "noise", "x"].map((name) =>
      matrix(`dream/${name}`).address
    ) as [number, number, number];
    const { stride } = matrix("dream/x");
    const tasks = tasksOf(size, layout.LIKELIHOOD_ROWS);
    const { likelihood } = spec;
    if (likelihood.family !== "gaussian") {
      const words = [output, noise, x, stride, size, dataDim];
      return { opcode: layout.BERNOULLI_DREAM, tasks, words };
    }
    const logVariances = likelihood.variance === "per-pixel"
      ? matrix("dream/output_log_variance")
      : parameter(DECODER_LOG_VARIANCE).value;
    return {
      opcode: layout.GAUSSIAN_DREAM,
      tasks,
      // deno-fmt-ignore
      words: [
        output, logVariances.address,
        likelihood.variance === "per-pixel" ? 1 : 0, noise, x, stride, size,
        dataDim, likelihood.mean === "sigmoid" ? 1 : 0,
      ],
    };
  }

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
    const x = matrix("x").address;
    const shape = [stride, rows, size, dataDim];
    const tasks = tasksOf(rows, layout.LIKELIHOOD_ROWS);
    const { likelihood } = spec;
    if (likelihood.family !== "gaussian") {
      const words = [address, x, ...shape, logProbs];
      return { opcode: layout.BERNOULLI, tasks, words };
    }
    const isSigmoid = likelihood.mean === "sigmoid" ? 1 : 0;
    if (likelihood.variance === "per-pixel") {
      const logVariances = matrix("output_log_variance").address;
      const words = [address, logVariances, x, ...shape, logProbs, isSigmoid];
      return { opcode: layout.GAUSSIAN_PER_PIXEL, tasks, words };
    }
    const words = [address, x, ...shape, squares, isSigmoid];
    return { opcode: layout.GAUSSIAN, tasks, words };
  }

  function update(): Command {
    const { optimizer, weightDecay } = context;
    const { values, gradients, count, state } = parameters;
    const words = [values, gradients, count, ...state];
    const tasks = tasksOf(count, layout.UPDATE_SIZE);
    switch (optimizer.name) {
      case "sgd":
        return { opcode: layout.SGD, tasks, words, floats: [weightDecay] };
      case "adagrad": {
        const floats = [weightDecay, optimizer.epsilon];
        return { opcode: layout.ADAGRAD, tasks, words, floats };
      }
      case "adam": {
        const { beta1, beta2, epsilon } = optimizer;
        // deno-fmt-ignore
        const floats = [
          weightDecay, beta1, 1 - beta1, beta2, 1 - beta2, epsilon,
        ];
        return { opcode: layout.ADAM, tasks, words, floats };
      }
    }
  }

  function commandsOf(
    operation: Operation,
    scratch: Allocator,
  ): CommandStage[] {
    switch (operation.kind) {
      case "batch":
        return batchCommands();
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
      case "infer":
        return [[{
          opcode: layout.INFER,
          tasks: tasksOf(size, layout.INFER_ROWS),
          // deno-fmt-ignore
          words: [
            matrix("mean").address, matrix("log_variance").address, isotropic,
            matrix("noise").address, matrix("z").address, matrix("kl").address,
            ratios, size, draws, latentDim, matrix("z").stride,
            // Evaluations have the KL in closed form: see objective/elbo.ts.
            purpose === "evaluate" && objective === layout.ELBO_SAMPLED
              ? layout.ELBO
              : objective,
          ],
        }]];
      case "dream":
        return [[dream()], listCommands("dream/x")]
          .filter((stage) => stage.length > 0);
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
            varianceKind(spec), log, size, draws, latentDim, dataDim,
            objective, k, logPosteriors,
          ],
        }]];
      case "sum-terms":
        return [[{
          opcode: layout.SUM_TERMS,
          tasks: 1,
          // deno-fmt-ignore
          words: [
            logProbs, squares, matrix("kl").address, matrix("kl").stride,
            ratios, variance?.value.address ?? 0, varianceKind(spec), log,
            size, draws, latentDim, dataDim, objective, k,
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
        return [[update()]];
    }
  }

  const stages = plan.stages.flatMap((stage) => {
    const scratch = new Allocator(scratchStart);
    const commands = sideBySide(
      ...stage.map((operation) => commandsOf(operation, scratch)),
    );
    scratchEnd = Math.max(scratchEnd, scratch.end);
    return commands;
  });
  const last = new Allocator(scratchEnd);
  const address = last.bytes(programBytes(stages));
  return {
    size,
    draws,
    address,
    matrices,
    log,
    logProbs,
    ratios,
    rows: dataRows,
    end: last.end,
    write: (memory) => writeProgram(memory, address, stages),
  };
}
