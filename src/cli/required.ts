/** The value of a flag that has a default. */
export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a flag lacks its default");
  return value;
}
