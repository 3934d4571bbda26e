/** PyTorch's part in tests/bench/step.ts, on the CPU. */

import type { Batches } from "../../src/train/batches.ts";
import type { RunConfig } from "../../src/train/config.ts";
import type { Contender } from "./contenders.ts";
import { THREADS, threadsLabel } from "./model.ts";
import { pythonContender, pythonWith } from "./python.ts";
import script from "./torch_step.py" with { type: "text" };

/**
 * PyTorch, with each number of threads of its own and of OpenBLAS: which is
 * fastest depends on the machine. None where it is not installed.
 */
export async function torchContenders(
  steps: number,
  batches: Batches,
  config: RunConfig,
  dim: number,
): Promise<Contender[]> {
  const python = await pythonWith("torch");
  if (python === null) return [];
  const contenders: Contender[] = [];
  for (const threads of THREADS) {
    for (const blasThreads of THREADS) {
      const env = { OPENBLAS_NUM_THREADS: `${blasThreads}` };
      const contender = await pythonContender(
        { python, script, threads, mode: "eager", env },
        steps,
        { batches, config, dim },
      );
      if ("missing" in contender) throw new Error(contender.missing);
      const name = `PyTorch, ${threadsLabel(threads)}, OpenBLAS ${blasThreads}`;
      contenders.push({ ...contender, name });
    }
  }
  return contenders;
}
