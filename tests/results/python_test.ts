/** Checkpoints and encodings in Python, by the lines of results/README.md. */

import { assert, assertEquals } from "@std/assert";
import { encode } from "../../src/cli/use/encode.ts";
import { stream } from "../../src/random/stream.ts";
import { printed } from "../cli/use/commands.ts";
import { npy, withFiles } from "../data/own/files.ts";
import {
  assertQuietSuccess,
  ROOT,
  runHere,
  tinyNet,
} from "../experiments/command.ts";

/** Runs Python. @returns what it printed; null: it failed, or is not there */
async function python(
  args: readonly string[],
  cwd: string,
): Promise<string | null> {
  try {
    const { success, stdout, stderr } = await new Deno.Command("python3", {
      args: [...args],
      cwd,
      env: { PYTHONPATH: cwd },
    }).output();
    if (success) return new TextDecoder().decode(stdout);
    console.error(new TextDecoder().decode(stderr));
    return null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The package safetensors, which Debian has not, by the format's definition. */
const SAFETENSORS = `
import json, numpy

def load_file(path):
    data = open(path, "rb").read()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    def array(dtype, shape, data_offsets):
        assert dtype == "F32"
        begin, end = (start + offset for offset in data_offsets)
        return numpy.frombuffer(data[begin:end], "<f4").reshape(shape)
    return {k: array(**v) for k, v in header.items() if k != "__metadata__"}
`;

const hasNumpy = await python(["-c", "import numpy"], ROOT) !== null;

const name = "results/README's lines of Python give the means of encode";

Deno.test({
  name: hasNumpy
    ? name
    : `${name} [ignored: no python3 with numpy; install python3-numpy]`,
  ignore: !hasNumpy,
  fn: () => {
    const rows = (n: number, part: number) =>
      npy([n, 28, 28], [...stream(1, "data", 0, part).uniforms(n * 784)]);
    return withFiles({
      "digits/train.npy": rows(30, 0),
      "digits/test.npy": rows(6, 1),
      "safetensors/__init__.py": "",
      "safetensors/numpy.py": SAFETENSORS,
    }, async (folder) => {
      const flags = { data: `${folder}/digits`, out: `${folder}/results` };
      const sizes = { "train-size": 30, "test-size": 6, "final-k": 0 };
      assertQuietSuccess(
        await runHere("latent-sweep", [
          ...tinyNet({ ...flags, ...sizes }),
          "--quiet",
        ]),
      );
      const [{ name }] = await Array.fromAsync(
        Deno.readDir(`${folder}/results/latent-sweep`),
      ).then((all) => all.filter(({ isDirectory }) => isDirectory)) as [
        Deno.DirEntry,
      ];
      const run = `${folder}/results/latent-sweep/${name}`;
      await printed(encode, run, "--out", `${folder}/q.npy`);
      const readme = await Deno.readTextFile(`${ROOT}results/README.md`);
      const [, script] = /```py\n([^]*?)```/.exec(readme)!;
      assertEquals(script!.trim().split("\n").filter(Boolean).length, 7);
      const more = `
q = np.load("q.npy")
print(q.dtype.names, q["row"].tolist(), mean.shape)
print(np.abs(mean - q["mean"]).max(), np.abs(log_variance - q["log_variance"]).max())
`;
      const path = /"results\/latent-sweep\/.*?\.safetensors"/;
      assert(path.test(script!));
      const file = script!.replace(path, `"${run}/checkpoint-4.safetensors"`) +
        more;
      await Deno.writeTextFile(`${folder}/means.py`, file);
      const [fields, errors] = (await python(["means.py"], folder))!.split(
        "\n",
      );
      assertEquals(
        fields,
        "('row', 'mean', 'log_variance') [0, 1, 2, 3, 4, 5] (6, 2)",
      );
      for (const error of errors!.split(" ")) {
        assert(Number(error) < 1e-5, errors);
      }
    });
  },
});
