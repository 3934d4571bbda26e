/** Which function does the tasks of a command. */

import { ARGUMENTS } from "../layout";
import {
  normalsTask,
  pixelsTask,
  rowNormalsTask,
  uniformsTask,
} from "./batch";
import {
  chainAcceptTask,
  chainDensityTask,
  chainLeapTask,
  chainMomentumTask,
  chainStartTask,
} from "./chain";
import * as commands from "./commands";
import { inferTask } from "./inference";
import { logPosteriorTask } from "./log_posterior";
import { adagradTask, adamTask, sgdTask } from "./optimizers";
import { packTask } from "./pack";
import { dreamTask, likelihoodTask, logLikelihoodTask } from "./pixelwise";
import { posteriorGradientTask } from "./posterior_gradient";
import { productTask } from "./product";
import { scaleOutputsTask, sumColumnsTask } from "./rows";
import {
  listColumnsTask,
  listRowsTask,
  sparseProductTask,
} from "./sparse_product";
import { rowWeightsTask, spreadTask, sumTermsTask } from "./row_weights";

/** Does one task of a command. */
export function runTask(opcode: i32, task: i32, c: usize): void {
  const own = c + ARGUMENTS;
  switch (opcode) {
    case commands.PIXELS:
      return pixelsTask(changetype<commands.Pixels>(own), task);
    case commands.NORMALS:
      return normalsTask(changetype<commands.Numbers>(own), task);
    case commands.ROW_NORMALS:
      return rowNormalsTask(changetype<commands.RowNumbers>(own), task);
    case commands.UNIFORMS:
      return uniformsTask(changetype<commands.Numbers>(own), task);
    case commands.LIST_ROWS:
      return listRowsTask(changetype<commands.Lists>(own), task);
    case commands.LIST_COLUMNS:
      return listColumnsTask(changetype<commands.Lists>(own), task);
    case commands.SPARSE_PRODUCT:
      return sparseProductTask(changetype<commands.SparseProduct>(own), task);
    case commands.PACK:
      return packTask(changetype<commands.Pack>(own), task);
    case commands.PRODUCT:
      return productTask(changetype<commands.Product>(own), task);
    case commands.SUM_COLUMNS:
      return sumColumnsTask(changetype<commands.SumColumns>(own), task);
    case commands.INFER:
      return inferTask(changetype<commands.Latents>(own), task);
    case commands.LOG_POSTERIOR:
      return logPosteriorTask(changetype<commands.Latents>(own), task);
    case commands.POSTERIOR_GRADIENT:
      return posteriorGradientTask(changetype<commands.Latents>(own), task);
    case commands.LIKELIHOOD:
      return likelihoodTask(changetype<commands.Outputs>(own), task);
    case commands.LOG_LIKELIHOOD:
      return logLikelihoodTask(changetype<commands.Outputs>(own), task);
    case commands.DREAM:
      return dreamTask(changetype<commands.Outputs>(own), task);
    case commands.SCALE_OUTPUTS:
      return scaleOutputsTask(changetype<commands.Outputs>(own), task);
    case commands.ROW_WEIGHTS:
      return rowWeightsTask(changetype<commands.Terms>(own));
    case commands.SUM_TERMS:
      return sumTermsTask(changetype<commands.Terms>(own));
    case commands.SPREAD:
      return spreadTask(changetype<commands.Terms>(own));
    case commands.CHAIN_DENSITY:
      return chainDensityTask(changetype<commands.Chains>(own), task);
    case commands.CHAIN_START:
      return chainStartTask(changetype<commands.Chains>(own));
    case commands.CHAIN_MOMENTUM:
      return chainMomentumTask(changetype<commands.Chains>(own), task);
    case commands.CHAIN_LEAP:
      return chainLeapTask(changetype<commands.Chains>(own), task);
    case commands.CHAIN_ACCEPT:
      return chainAcceptTask(changetype<commands.Chains>(own));
    case commands.SGD:
      return sgdTask(changetype<commands.Update>(own), task);
    case commands.ADAGRAD:
      return adagradTask(changetype<commands.Update>(own), task);
    case commands.ADAM:
      return adamTask(changetype<commands.Update>(own), task);
    default:
      unreachable();
  }
}
