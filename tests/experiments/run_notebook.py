"""Runs the cells of a notebook in a new kernel, and writes it with their outputs.

usage: run_notebook.py NOTEBOOK DENO [OUT]

DENO is the program whose kernel it is; OUT the file to write, the notebook
itself if absent. Needs Debian's python3-jupyter-client.
"""

import json
import os
import sys
import tempfile

SECONDS = 300  # that a cell may take


def main(path, deno, out):
    from jupyter_client.manager import start_new_kernel

    with open(path) as file:
        notebook = json.load(file)
    with tempfile.TemporaryDirectory() as folder:
        describe_kernel(folder, deno)
        place = os.path.dirname(os.path.abspath(path))
        manager, client = start_new_kernel(kernel_name="deno", cwd=place)
        try:
            run(notebook["cells"], client)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    with open(out, "w") as file:
        json.dump(notebook, file, indent=1, ensure_ascii=False)
        file.write("\n")


def describe_kernel(folder, deno):
    """Makes the kernel known to this process alone."""
    kernel = os.path.join(folder, "kernels", "deno")
    os.makedirs(kernel)
    argv = [deno, "jupyter", "--kernel", "--conn", "{connection_file}"]
    with open(os.path.join(kernel, "kernel.json"), "w") as file:
        names = {"display_name": "Deno", "language": "typescript"}
        json.dump({"argv": argv, **names}, file)
    os.environ["JUPYTER_PATH"] = folder


def run(cells, client):
    """Runs the cells one after the other, and keeps what they gave.

    The kernel calls itself idle before it has sent all of that, so a cell's
    messages are told by their request, and awaited until another one is done.
    """
    requests = {}
    codes = [cell for cell in cells if cell["cell_type"] == "code"]
    for cell in [*codes, {"source": ["0"]}]:
        cell["outputs"] = []
        request = client.execute("".join(cell["source"]))
        requests[request] = cell
        while True:
            message = client.get_iopub_msg(timeout=SECONDS)
            parent = message["parent_header"].get("msg_id")
            kind, content = message["msg_type"], message["content"]
            if parent in requests:
                keep(requests[parent], kind, content)
            if parent == request and content.get("execution_state") == "idle":
                break


def keep(cell, kind, content):
    """Adds a message of the kernel to the cell that it is of."""
    if kind == "error":
        sys.exit("\n".join(content["traceback"]))
    if kind == "stream":
        print_of(cell["outputs"], content["name"])["text"] += content["text"]
    elif kind == "execute_result":
        keys = ("data", "metadata", "execution_count")
        output = {key: content[key] for key in keys}
        cell["outputs"].append({"output_type": kind, **output})
    elif kind == "execute_input":
        cell["execution_count"] = content["execution_count"]


def print_of(outputs, name):
    """Prints one after the other are one output, however they arrive."""
    if not outputs or outputs[-1].get("name") != name:
        outputs.append({"output_type": "stream", "name": name, "text": ""})
    return outputs[-1]


if __name__ == "__main__":
    notebook, deno, *rest = sys.argv[1:]
    main(notebook, deno, rest[0] if rest else notebook)
