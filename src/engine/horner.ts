/**
 * Statements that compute a polynomial of x by Horner's rule, in AssemblyScript
 * and in WGSL.
 *
 * @param declaration of the value, such as `let n: f64`
 * @param coefficients in rising order
 */
export function horner(
  declaration: string,
  x: string,
  coefficients: readonly number[],
): string[] {
  const [, name] = declaration.split(/[ :]+/);
  const [first, ...others] = coefficients.toReversed();
  return [
    `${declaration} = ${first};`,
    ...others.map((value) => `${name} = ${name} * ${x} + ${value};`),
  ];
}
