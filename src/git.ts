/**
 * git, started with the permission for that program alone.
 *
 * Workaround: Deno refuses that where the environment has variables of the
 * dynamic linker, as on many machines with CUDA
 * (https://github.com/denoland/deno/issues/26843). Empty ones are passed
 * instead, which Deno takes for unset, and of which git needs none. Delete when
 * Deno passes on the variables that it was started with.
 */

/** The usual ones; with any other Deno's error names it. */
const NO_LIBRARIES = {
  LD_LIBRARY_PATH: "",
  LD_PRELOAD: "",
  LD_AUDIT: "",
  LD_BIND_NOW: "",
  LD_RUN_PATH: "",
  DYLD_LIBRARY_PATH: "",
  DYLD_FRAMEWORK_PATH: "",
  DYLD_FALLBACK_LIBRARY_PATH: "",
  DYLD_INSERT_LIBRARIES: "",
};

/** A command of git's that is to run. */
export function gitCommand(options: Deno.CommandOptions): Deno.Command {
  const env = { ...NO_LIBRARIES, ...options.env };
  return new Deno.Command("git", { ...options, env });
}
