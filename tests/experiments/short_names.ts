/**
 * Loaded before an experiment in tests: the names of its runs pass over the
 * settings that make them small, but not over what --sweep sweeps.
 * cli/run_names_test.ts is about whole names.
 */

import type { Flag } from "../../src/config/field.ts";
import { RUN_FIELDS } from "../../src/train/config.ts";

const isSwept = ({ flag }: Flag) =>
  Deno.args.some((word) =>
    word.replace(/^--sweep=/, "").startsWith(`${flag}=`)
  );

const unnamed = (flag: Flag): Flag =>
  isSwept(flag) ? flag : { ...flag, short: null };

for (const [key, field] of Object.entries(RUN_FIELDS)) {
  const flags = { get: () => field.flags.map(unnamed) };
  Object.assign(RUN_FIELDS, { [key]: Object.create(field, { flags }) });
}
