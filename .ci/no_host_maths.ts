/**
 * Lint rule: where bits are promised, on every machine and in every browser,
 * elementary functions are those of src/elementary.ts. IEEE 754 fixes +, -, *,
 * / and sqrt alone; the last bits of a host's `Math.log` differ between
 * browsers, and between versions of one.
 */

/** What of `Math` engines compute in their own ways. */
const INEXACT =
  /^(a?(cos|sin|tan)h?|atan2|cbrt|exp|expm1|hypot|log|log10|log1p|log2|pow)$/;

const PROMISED =
  /\/src\/(data|engine|evaluate|inference|model|objective|random|train)\/[^]*\.ts$/;
/** Kernels of a GPU have the bits of their device. */
const EXEMPT = /\/src\/engine\/webgpu\//;

const MESSAGE = "the last bits of this differ between JavaScript engines";
const HINT = "use log, log1p, exp, expm1 or power of src/elementary.ts";

const isNumber = (node: Deno.lint.Node, ...values: readonly number[]) =>
  node.type === "Literal" && typeof node.value === "number" &&
  (values.length === 0 || values.includes(node.value));

const plugin: Deno.lint.Plugin = {
  name: "elbo-lab-maths",
  rules: {
    "no-host-maths": {
      create(context) {
        const path = context.filename.replaceAll("\\", "/");
        if (!PROMISED.test(path) || EXEMPT.test(path)) return {};
        const report = (node: Deno.lint.Node) =>
          context.report({ node, message: MESSAGE, hint: HINT });
        /** Powers of two, and squares, have one value that all give. */
        const isExact = (base: Deno.lint.Node, exponent: Deno.lint.Node) =>
          isNumber(base, 2) || isNumber(exponent, 2);
        return {
          // All uses but Math.name: it could be anything.
          Identifier(node) {
            if (node.name !== "Math") return;
            const { parent } = node;
            const isNamed = parent.type === "MemberExpression" &&
              parent.object === node && !parent.computed &&
              parent.property.type === "Identifier" &&
              !INEXACT.test(parent.property.name);
            if (!isNamed) report(node);
          },
          BinaryExpression(node) {
            if (node.operator !== "**") return;
            if (!isExact(node.left, node.right)) report(node);
          },
          AssignmentExpression(node) {
            if (node.operator === "**=") report(node);
          },
        };
      },
    },
  },
};

export default plugin;
