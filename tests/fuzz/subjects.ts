/** All that is fuzzed. */

import { COMMANDS } from "./commands.ts";
import { READERS } from "./readers.ts";
import type { Subject } from "./subject.ts";

/** All that is fuzzed, by name. */
export const SUBJECTS: Readonly<Record<string, Subject>> = {
  ...READERS,
  ...COMMANDS,
};
