/** The optimiser's update as a command. */

import type { OptimizerSpec } from "../../model/optimizers.ts";
import { type Command, tasksOf } from "./commands.ts";
import { ADAGRAD, ADAM, SGD, UPDATE_SIZE } from "./layout.ts";
import type { PlacedParameters } from "./memory_layout.ts";

/** Of all trained parameters at once, which stand side by side. */
export function updateCommand({ optimizer, weightDecay, parameters }: {
  readonly optimizer: OptimizerSpec;
  readonly weightDecay: number;
  readonly parameters: PlacedParameters;
}): Command {
  const { values, gradients, count, state } = parameters;
  const words = [values, gradients, count, ...state];
  const tasks = tasksOf(count, UPDATE_SIZE);
  switch (optimizer.name) {
    case "sgd":
      return { opcode: SGD, tasks, words, floats: [weightDecay] };
    case "adagrad": {
      const floats = [weightDecay, optimizer.epsilon];
      return { opcode: ADAGRAD, tasks, words, floats };
    }
    case "adam": {
      const { beta1, beta2, epsilon } = optimizer;
      const rests = [beta1, 1 - beta1, beta2, 1 - beta2];
      const floats = [weightDecay, ...rests, epsilon];
      return { opcode: ADAM, tasks, words, floats };
    }
  }
}
