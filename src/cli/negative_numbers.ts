/** Negative numbers of a command line, which are not flags. */

const NEGATIVE = /^-(\d|\.\d)/;

/**
 * The arguments with `--flag -1` as `--flag=-1`, so that it is the flag's value
 * that is refused, and not `-1` as a flag that there is not.
 *
 * @param flags that take a value
 */
export function withNegativeNumbers(
  args: readonly string[],
  flags: readonly string[],
): string[] {
  const end = args.indexOf("--");
  const before = end === -1 ? args.length : end;
  const isValue = (i: number) =>
    i > 0 && i < before && NEGATIVE.test(args[i]!) &&
    args[i - 1]!.startsWith("--") && flags.includes(args[i - 1]!.slice(2));
  return args.flatMap((arg, i) =>
    isValue(i) ? [] : isValue(i + 1) ? [`${arg}=${args[i + 1]}`] : [arg]
  );
}
