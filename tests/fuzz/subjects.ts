/** All that is fuzzed. */

import { COMMANDS } from "./commands.ts";
import { FIGURES } from "./figures.ts";
import { READERS } from "./readers.ts";
import type { Subject } from "./subject.ts";
import { SWEEPS } from "./sweeps.ts";

/** All that is fuzzed, by name. */
export const SUBJECTS: Readonly<Record<string, Subject>> = {
  ...READERS,
  ...COMMANDS,
  ...FIGURES,
  ...SWEEPS,
};
