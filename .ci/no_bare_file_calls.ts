/**
 * Lint rules: src/files.ts alone asks the system for files, so that every
 * failure is worded and every read has a bound; src/cli/progress.ts alone writes
 * to stdout and stderr, which may be closed or full. Of `Deno`, all other code
 * of the project may use what is listed here, by that name alone.
 */

/** What of `Deno` has to do with no file. */
const OTHERS = new Set([
  ...["addSignalListener", "args", "build", "Command", "consoleSize"],
  ...[
    "cwd",
    "env",
    "errors",
    "execPath",
    "exit",
    "exitCode",
    "serve",
  ],
  ...["mainModule", "noColor", "permissions", "pid", "removeSignalListener"],
  ...["stderr", "stdin", "stdout", "version"],
]);

const FILES = /^(node:)?(fs|fs\/promises|child_process)$/;

const MESSAGE = "only src/files.ts may ask the system for files";
const HINT = "use a function of src/files.ts, or add one there";

const PRINT = "use print() of src/cli/progress.ts";

const plugin: Deno.lint.Plugin = {
  name: "elbo-lab-files",
  rules: {
    "no-bare-file-calls": {
      create(context) {
        const path = context.filename.replaceAll("\\", "/");
        const isChecked = /\/(src|experiments)\/[^]*\.tsx?$|\/mod\.ts$/
          .test(path) &&
          !path.endsWith("/src/files.ts") &&
          !path.includes("/tests/");
        if (!isChecked) return {};
        const report = (node: Deno.lint.Node) =>
          context.report({ node, message: MESSAGE, hint: HINT });
        const checkSource = (node: Deno.lint.Node, source: unknown) => {
          if (FILES.test(String(source))) report(node);
        };
        return {
          Identifier(node) {
            if (node.name === "console") {
              context.report({
                node,
                message: "stdout may be closed",
                hint: PRINT,
              });
            }
            if (node.name !== "Deno") return;
            const { parent } = node;
            if (parent.type === "TSQualifiedName") return; // a type
            const isAllowed = parent.type === "MemberExpression" &&
              parent.object === node && !parent.computed &&
              parent.property.type === "Identifier" &&
              OTHERS.has(parent.property.name);
            if (!isAllowed) report(node);
          },
          // globalThis["Deno"]
          Literal(node) {
            if (node.value === "Deno") report(node);
          },
          ImportDeclaration(node) {
            checkSource(node, node.source.value);
          },
          ExportNamedDeclaration(node) {
            checkSource(node, node.source?.value);
          },
          ExportAllDeclaration(node) {
            checkSource(node, node.source.value);
          },
          ImportExpression(node) {
            const { source } = node;
            if (source.type === "Literal") checkSource(node, source.value);
          },
        };
      },
    },
  },
};

export default plugin;
