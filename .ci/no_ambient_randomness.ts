/** Lint rule: all randomness comes from a keyed stream, never from ambience. */

/** Sources of numbers that no seed of a run governs. */
const AMBIENT: Record<string, RegExp> = {
  Math: /^random$/,
  crypto: /^getRandomValues$/,
  tf: /^(random|truncatedNormal$|multinomial$|dropout$)/,
};

const MESSAGE = "this randomness is not keyed by the run's seed";
const HINT = "draw from stream(seed, purpose, step) in src/random/stream.ts";

const plugin: Deno.lint.Plugin = {
  name: "elbo-lab",
  rules: {
    "no-ambient-randomness": {
      create(context) {
        function check(node: Deno.lint.Node, owner: string, name: unknown) {
          if (typeof name === "string" && AMBIENT[owner]?.test(name)) {
            context.report({ node, message: MESSAGE, hint: HINT });
          }
        }
        return {
          // Math.random and Math["random"]
          MemberExpression(node) {
            const { object, property } = node;
            if (object.type !== "Identifier") return;
            const name = property.type === "Identifier"
              ? property.name
              : property.type === "Literal"
              ? property.value
              : undefined;
            check(node, object.name, name);
          },
          // const { random } = Math
          VariableDeclarator(node) {
            const { id, init } = node;
            if (init?.type !== "Identifier" || id.type !== "ObjectPattern") {
              return;
            }
            for (const property of id.properties) {
              if (
                property.type === "Property" &&
                property.key.type === "Identifier"
              ) check(node, init.name, property.key.name);
            }
          },
        };
      },
    },
  },
};

export default plugin;
