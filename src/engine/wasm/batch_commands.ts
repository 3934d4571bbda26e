/** What is drawn, as commands: batches and dreams, and lists of their pixels. */

import { noiseKind } from "../../model/likelihood/noise.ts";
import { kernelOf, sharedName } from "../../model/likelihood/families.ts";
import type { Operation } from "../operations.ts";
import { type Command, type CommandStage, tasksOf } from "./commands.ts";
import * as layout from "./layout.ts";
import { type Allocator, roundUp } from "./memory_layout.ts";
import type { Places } from "./places.ts";
import type { PlacedLists } from "./products.ts";

/** The lists of a matrix of pixels; null: no product needs them. */
export interface PixelLists {
  /** by row, for products with it */
  readonly rows: PlacedLists | null;
  /** by column, for products with its transpose */
  readonly columns: PlacedLists | null;
}

/** Makes room for the lists that operations on matrices of pixels need. */
export function placeLists(
  names: readonly string[],
  operations: readonly Operation[],
  { spec, size }: Places,
  allocator: Allocator,
): ReadonlyMap<string, PixelLists> {
  const { dataDim } = spec;
  const listsOf = (count: number, capacity: number): PlacedLists => ({
    counts: allocator.bytes(4 * roundUp(count, 8)),
    entries: allocator.bytes(8 * count * capacity),
    capacity,
  });
  return new Map(names.map((name) => {
    const isInputOf = (kind: Operation["kind"]) =>
      operations.some((use) =>
        use.kind === kind && "input" in use && use.input === name
      );
    return [name, {
      rows: isInputOf("affine") ? listsOf(size, dataDim) : null,
      columns: isInputOf("layer-gradient") ? listsOf(dataDim, size) : null,
    }];
  }));
}

/**
 * Makes a batch, and what dreams are made of and chains moved by.
 *
 * @param dataRows where the batch's rows of the data are
 */
export function batchCommands(
  places: Places,
  dataRows: number,
  lists: ReadonlyMap<string, PixelLists>,
): CommandStage[] {
  const { spec, size } = places;
  const { NORMALS, UNIFORMS } = layout;
  const x = places.matrix("x");
  const pixels: Command = {
    opcode: layout.PIXELS,
    tasks: tasksOf(size, layout.BATCH_ROWS),
    words: [dataRows, size, spec.dataDim, x.address, x.stride],
  };
  const observed = noiseKind(spec.likelihood) === "normal" ? NORMALS : UNIFORMS;
  const draws = ([
    [NORMALS, "noise", layout.NOISE_STREAM],
    [NORMALS, "dream/z", layout.PRIOR_STREAM],
    [observed, "dream/noise", layout.DREAM_STREAM],
    [NORMALS, "chain/momenta", layout.MOMENTUM_STREAM],
    [UNIFORMS, "chain/uniforms", layout.ACCEPTANCE_STREAM],
  ] as const).filter(([, name]) => places.has(name));
  const make = draws.map(([opcode, name, stream]): Command => {
    const { address, rows, columns, stride } = places.matrix(name);
    return {
      opcode,
      tasks: tasksOf(rows * columns, layout.NORMALS_PER_TASK),
      words: [stream, rows * columns, columns, address, stride],
    };
  });
  return [[pixels, ...make], listCommands("x", places, lists)];
}

/** Lists the values of a matrix of pixels that are not zero. */
export function listCommands(
  name: string,
  places: Places,
  lists: ReadonlyMap<string, PixelLists>,
): CommandStage {
  const { size, spec: { dataDim } } = places;
  const { address, stride } = places.matrix(name);
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
  const { rows = null, columns = null } = lists.get(name) ?? {};
  const { BATCH_ROWS, LIST_COLUMNS, LIST_ROWS, LIST_WIDTH } = layout;
  return [
    ...(rows ? [list(LIST_ROWS, tasksOf(size, BATCH_ROWS), rows)] : []),
    ...(columns
      ? [list(LIST_COLUMNS, tasksOf(dataDim, LIST_WIDTH), columns)]
      : []),
  ];
}

/** Address of the second output, or of the shared parameter; 0: neither. */
export function secondOutput(places: Places, prefix: string): number {
  const name = `${prefix}output_log_variance`;
  if (places.has(name)) return places.matrix(name).address;
  const shared = sharedName(places.spec.likelihood);
  return shared === null ? 0 : places.parameter(shared).value.address;
}

/** Draws the pixels of the dreams from their decoder's outputs. */
export function dreamCommand(places: Places): Command {
  const { spec: { likelihood, dataDim }, size } = places;
  const [output, noise, x] = ["output", "noise", "x"].map((name) =>
    places.matrix(`dream/${name}`).address
  ) as [number, number, number];
  const second = secondOutput(places, "dream/");
  const { stride } = places.matrix("dream/x");
  return {
    opcode: layout.DREAM,
    tasks: tasksOf(size, layout.LIKELIHOOD_ROWS),
    // deno-fmt-ignore
    words: [
      kernelOf(likelihood), output, second, noise, x, stride, size, dataDim,
    ],
  };
}
