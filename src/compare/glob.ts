/** Patterns of names. */

/** Matches whole names; `*` stands for any characters, `?` for one. */
export function globToRegExp(glob: string): RegExp {
  const pattern = glob.replace(
    /[\\^$.*+?()[\]{}|]/g,
    (c) => c === "*" ? ".*" : c === "?" ? "." : `\\${c}`,
  );
  return new RegExp(`^${pattern}$`, "su");
}
