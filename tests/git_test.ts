import { assertEquals, assertRejects } from "@std/assert";
import { deflateSync } from "node:zlib";
import { treeFromRevision } from "../src/compare/tree.ts";
import { commitsOf, Git } from "../src/git.ts";
import { UserError } from "../src/errors.ts";
import { assertUserError, withFolder } from "./data/helpers.ts";
import { commit, git, init, writeRun } from "./compare/results.ts";

/** Runs in a repository whose project is a folder of it. */
async function withProject(
  run: (project: string, write: (value: string) => Promise<void>) => unknown,
): Promise<void> {
  await withFolder(async (root) => {
    const project = `${root}/a project`;
    await Deno.mkdir(`${project}/results/e/r`, { recursive: true });
    await init(root);
    await run(
      project,
      (value) => Deno.writeTextFile(`${project}/results/e/r/eval.csv`, value),
    );
  });
}

Deno.test("commitsOf() has each commit that touched a folder, and merges that made something new", async () => {
  await withProject(async (project, write) => {
    await write("1");
    await commit(project, "one");
    await git(project, "checkout", "--quiet", "-b", "side");
    await write("2");
    await commit(project, "two");
    await git(project, "checkout", "--quiet", "main");
    await write("3");
    await commit(project, "three");
    await git(project, "merge", "--quiet", "-s", "ours", "--no-commit", "side");
    await write("4");
    await commit(project, "merge");
    await Deno.writeTextFile(`${project}/other`, "");
    await commit(project, "other");
    await Deno.remove(`${project}/results/e/r/eval.csv`);
    await commit(project, "gone");

    await using repository = await Git.open(project);
    const head = await repository.resolve("HEAD");
    const commits = await commitsOf(repository, head, "results/e");
    const found = await Promise.all(commits.map(async ({ subject, files }) => {
      const [{ path, id } = { path: "", id: null }] = files;
      assertEquals([files.length, path], [1, "results/e/r/eval.csv"]);
      const bytes = id === null ? null : await repository.read(id);
      return [subject, bytes && new TextDecoder().decode(bytes)];
    }));
    // Commits of one second may come in any order that respects parents.
    assertEquals(found.toSorted(), [
      ["gone", null],
      ["merge", "4"],
      ["one", "1"],
      ["three", "3"],
      ["two", "2"],
    ]);
    assertEquals(found[0]![0], "one");
    assertEquals(found.at(-1)![0], "gone");
  });
});

Deno.test("Git.read() gives blobs in any number, large and empty, and says what is missing", async () => {
  await withProject(async (project, write) => {
    const sizes = [0, 1, 5_000_000, 65_536, 3];
    const ids: string[] = [];
    for (const size of sizes) {
      await write("x".repeat(size));
      ids.push(await git(project, "hash-object", "-w", "results/e/r/eval.csv"));
    }
    await using repository = await Git.open(project);
    const blobs = await Promise.all(ids.map((id) => repository.read(id)));
    assertEquals(blobs.map(({ length }) => length), sizes);
    await assertRejects(
      () => repository.read("0".repeat(40)),
      UserError,
      "git has no content for 000",
    );
    assertEquals((await repository.read(ids[4]!)).length, 3);
    // Asked for and never read: this must not keep git, nor the test, waiting.
    repository.read(ids[2]!).catch(() => {});
  });
});

Deno.test("Git.read() makes no room for what a repository says and nobody has", () =>
  withFolder(async (folder) => {
    await init(folder);
    const id = "ab".repeat(20);
    await Deno.mkdir(`${folder}/.git/objects/ab`, { recursive: true });
    await Deno.writeFile(
      `${folder}/.git/objects/ab/${id.slice(2)}`,
      deflateSync(new TextEncoder().encode("blob 99999999999\0x")),
    );
    await using repository = await Git.open(folder);
    await assertUserError(
      () => repository.read(id),
      `git's object ${id} has 99999999999 bytes`,
    );
  }));

Deno.test("treeFromRevision() leaves out what is no result", async () => {
  await withProject(async (project, write) => {
    await write("step,elbo\n1,2\n");
    await writeRun(`${project}/results/e`, "r.partial");
    await writeRun(`${project}/results/e/r`, "checkpoint");
    await Deno.symlink("eval.csv", `${project}/results/e/r/train.csv`);
    await Deno.writeTextFile(`${project}/results/e/summary.csv`, "run\nr\n");
    await Deno.writeTextFile(`${project}/results/e/notes.csv`, "a\n");
    await commit(project, "results");
    await using repository = await Git.open(project);
    const tree = await treeFromRevision(repository, "main", "results");
    assertEquals([...tree.runs.keys()], ["e/r"]);
    assertEquals([...tree.runs.get("e/r")!.keys()], ["eval.csv"]);
    assertEquals([...tree.experiments.keys()], ["e"]);
    await assertRejects(
      () => treeFromRevision(repository, "main", "nonesuch"),
      UserError,
      "has no results",
    );
  });
});
