/** Variables of the environment. */

/** What a variable says; undefined: nothing, or it may not be read. */
export function variable(name: string): string | undefined {
  const permission = { name: "env", variable: name } as const;
  return Deno.permissions.querySync(permission).state === "granted"
    ? Deno.env.get(name)
    : undefined;
}
