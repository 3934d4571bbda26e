/**
 * `deno doc --lint mod.ts`, which fails on every undocumented export.
 *
 * It also calls a type private when it belongs to another package, and
 * exporting that one would put the package's own documentation under the
 * same lint. Those findings are left out, by the names of the types; `tf` is
 * what src/lazy_tfjs.ts calls those of tfjs.
 */

const OTHERS = [
  "Scalar",
  "Tensor",
  "TopLevelSpec",
  "Variable",
  "tf",
  "tf.Scalar",
  "tf.Tensor",
  "tf.Variable",
  "ZodType",
];

const { stderr } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--lint", "mod.ts"],
  env: { NO_COLOR: "1" },
}).output();
const findings = new TextDecoder().decode(stderr)
  .split(/\n\s*\n(?=error\[)/)
  .map((text) => text.trim())
  .filter((text) => text.startsWith("error["))
  .filter((text) => {
    const [, name] = /references private type '([^']+)'/.exec(text) ?? [];
    return name === undefined || !OTHERS.includes(name);
  });
for (const finding of findings) console.error(`${finding}\n`);
console.error(`doc lint: ${findings.length} found`);
Deno.exit(findings.length === 0 ? 0 : 1);
