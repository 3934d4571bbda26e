/**
 * Other programs, started with the permission for that program alone.
 *
 * Workaround: Deno refuses to start a program by such a permission where the
 * environment has variables of the dynamic linker, as it does on many machines
 * with CUDA (https://github.com/denoland/deno/issues/26843). Empty ones are
 * passed instead, which Deno and the linker take for unset; git and deno need
 * none. Delete when Deno passes on the variables that it was started with.
 */

/** What the linkers of Linux and macOS read. */
const NO_LIBRARIES = {
  LD_LIBRARY_PATH: "",
  LD_PRELOAD: "",
  LD_AUDIT: "",
  DYLD_LIBRARY_PATH: "",
  DYLD_FALLBACK_LIBRARY_PATH: "",
  DYLD_INSERT_LIBRARIES: "",
};

/** A program that is found and linked as the system does by itself. */
export function command(
  program: string,
  options: Deno.CommandOptions,
): Deno.Command {
  const env = { ...NO_LIBRARIES, ...options.env };
  return new Deno.Command(program, { ...options, env });
}
