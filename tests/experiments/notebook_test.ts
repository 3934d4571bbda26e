/**
 * The notebook of the lesson: its cells as a script, and in Deno's kernel, where
 * they give the outputs that it was committed with. To make these again:
 *
 *     python3 tests/experiments/run_notebook.py experiments/lesson.ipynb deno
 *     deno fmt experiments/lesson.ipynb
 */

import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../data/helpers.ts";
import { ROOT } from "./command.ts";
import {
  type Cell,
  codeCells,
  NOTEBOOK,
  notebookScript,
  whole,
} from "./notebook_cells.ts";
import { pythonWith } from "../python.ts";

/** What a notebook shows of a cell. */
function shownOf({ outputs = [] }: Cell) {
  return outputs.map(({ output_type, text, data = {} }) => ({
    output_type,
    text: whole(text),
    data: Object.entries(data).map(([type, value]) => [type, whole(value)]),
  }));
}

/** The cells as a script, where no kernel shows more; elsewhere_test.ts checks types. */
async function runScript(): Promise<void> {
  const cells = await codeCells(NOTEBOOK);
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--ext=ts", "--quiet", "-"],
    cwd: `${ROOT}experiments`,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(await notebookScript()));
  await writer.close();
  const { stdout, stderr } = await process.output();
  const [printed, failed] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  assertEquals(failed, "");
  const prints = cells.flatMap(shownOf).map(({ text }) => text).join("");
  assert(prints.includes("ELBO: "), prints);
  assertEquals(printed, prints);
}

/** A kernel that calls itself idle before it sends what the last cell gave. */
const LATE_KERNEL = `
import sys
sys.path.insert(0, "tests/experiments")
import run_notebook

class Client:
    def __init__(self):
        self.messages = []

    def execute(self, source):
        late = [m for m in self.messages if m["msg_type"] == "stream"]
        said = ("stream", {"name": "stdout", "text": source})
        idle = ("status", {"execution_state": "idle"})
        self.messages = late + [
            {"parent_header": {"msg_id": source}, "msg_type": kind, "content": content}
            for kind, content in (idle, said)
        ]
        return source

    def get_iopub_msg(self, timeout):
        return self.messages.pop(0)

cells = [{"cell_type": "code", "source": [name]} for name in ("a", "b")]
run_notebook.run(cells, Client())
print([[output["text"] for output in cell["outputs"]] for cell in cells])
`;

const anyPython = await pythonWith("json");

Deno.test({
  name: "what a kernel sends after it was idle is of the cell that asked",
  ignore: anyPython === null,
  async fn() {
    const { stdout, stderr } = await new Deno.Command(anyPython!, {
      args: ["-B", "-c", LATE_KERNEL],
      cwd: ROOT,
    }).output();
    const [shown, failed] = [stdout, stderr].map((bytes) =>
      new TextDecoder().decode(bytes)
    );
    assertEquals([shown, failed], ["[['a'], ['b']]\n", ""]);
  },
});

const python = await pythonWith("jupyter_client");
const name = "the lesson's cells show in Deno's kernel what was committed";

Deno.test({
  name: python !== null
    ? name
    : `${name} [ignored: no jupyter_client; install python3-jupyter-client]`,
  ignore: python === null,
  fn: () =>
    withFolder(async (folder) => {
      const out = `${folder}/out.ipynb`;
      const { success, stderr } = await new Deno.Command(python!, {
        args: [
          `${ROOT}tests/experiments/run_notebook.py`,
          ...[NOTEBOOK, Deno.execPath(), out],
        ],
      }).output();
      assert(success, new TextDecoder().decode(stderr));
      const shown = (await codeCells(out)).map(shownOf);
      assertEquals(shown, (await codeCells(NOTEBOOK)).map(shownOf));
      const types = shown.flat().flatMap(({ data }) => data.map(([t]) => t));
      assertEquals(types, [
        ...["image/svg+xml", "text/plain", "text/markdown", "text/plain"],
        ...["image/png", "image/png"],
      ]);
    }),
});

if (python === null) {
  Deno.test(
    "the lesson's cells run as a script, to what they print in it",
    runScript,
  );
}
