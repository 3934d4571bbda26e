/** Command lines, read. */

import { readFlags } from "../../src/cli/read_flags.ts";
import { type Request, requestOf } from "../../src/cli/request.ts";
import type { RunConfig } from "../../src/train/config.ts";

export const words = (line: string): string[] =>
  line.split(" ").filter((word) => word !== "");

export function request(line: string): Request {
  return requestOf(readFlags(words(line)));
}

/** The config of the first run. */
export function config(line: string): RunConfig {
  return request(line).runs[0]!.config;
}
