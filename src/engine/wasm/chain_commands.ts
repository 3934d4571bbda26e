/** What moves the chains of Monte Carlo EM, as commands. */

import {
  kernelOf,
  sharedMode,
  sharedName,
} from "../../model/likelihood/families.ts";
import type { Operation } from "../operations.ts";
import { SHARED_MODES } from "./codes.ts";
import { type Command, tasksOf } from "./commands.ts";
import * as layout from "./layout.ts";
import { type Allocator, roundUp } from "./memory_layout.ts";
import type { Places } from "./places.ts";

/** The operations that are commands here. */
export type ChainOperation = Extract<
  Operation,
  { readonly kind: `chain-${string}` }
>;

/** Addresses of floats by chain. */
export interface PlacedChain {
  /** ln p(x, z) where it is */
  readonly densities: number;
  /** and where it was */
  readonly keptDensities: number;
  /** kinetic energy at the transition's beginning */
  readonly energies: number;
}

/** Makes room for them. */
export function placeChain(
  { rows }: Places,
  allocator: Allocator,
): PlacedChain {
  const floats = () => allocator.bytes(4 * roundUp(rows, 8));
  return { densities: floats(), keptDensities: floats(), energies: floats() };
}

/** One operation on all chains. Their matrices have the stride of z. */
export function chainCommand(
  operation: ChainOperation,
  places: Places,
  { densities, keptDensities, energies }: PlacedChain,
  { logProbs, squares }: {
    readonly logProbs: number;
    readonly squares: number;
  },
): Command {
  const { spec, rows } = places;
  const { latentDim, dataDim } = spec;
  const { address: z, stride } = places.matrix("z");
  const [gradient, momentum, keptZ, keptGradient] = [
    ...["gradient/z", "chain/momentum", "chain/z", "chain/gradient"],
  ].map((name) => places.matrix(name).address) as [
    ...[number, number, number, number],
  ];
  const tasks = tasksOf(rows, layout.LIKELIHOOD_ROWS);
  switch (operation.kind) {
    case "chain-density": {
      const kind = SHARED_MODES[sharedMode(spec.likelihood)];
      const variance = kind === layout.NO_VARIANCE
        ? 0
        : places.parameter(sharedName(spec.likelihood)!).value.address;
      return {
        opcode: layout.CHAIN_DENSITY,
        tasks,
        // deno-fmt-ignore
        words: [
          z, gradient, momentum, stride, rows, latentDim, logProbs, squares,
          variance, kind, dataDim, densities, operation.kicks ? 1 : 0,
          kernelOf(spec.likelihood),
        ],
      };
    }
    case "chain-start":
      return {
        opcode: layout.CHAIN_START,
        tasks: 1,
        // deno-fmt-ignore
        words: [
          z, gradient, keptZ, keptGradient, stride, rows, logProbs, densities,
          keptDensities,
        ],
      };
    case "chain-momentum": {
      const momenta = places.matrix("chain/momenta").address;
      const words = [momenta, momentum, stride, rows, latentDim, energies];
      return { opcode: layout.CHAIN_MOMENTUM, tasks, words };
    }
    case "chain-leap": {
      const words = [z, gradient, momentum, stride, rows, latentDim];
      return { opcode: layout.CHAIN_LEAP, tasks, words };
    }
    case "chain-accept": {
      const uniforms = places.matrix("chain/uniforms");
      return {
        opcode: layout.CHAIN_ACCEPT,
        tasks: 1,
        // deno-fmt-ignore
        words: [
          z, gradient, momentum, keptZ, keptGradient, stride, rows, latentDim,
          densities, keptDensities, energies, uniforms.address, uniforms.stride,
        ],
      };
    }
  }
}
