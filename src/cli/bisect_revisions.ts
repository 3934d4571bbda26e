/** Revisions of a project in a worktree of their own, for `git bisect`. */

import { UserError } from "../errors.ts";
import { Git, gitCommand } from "../git.ts";
import { printable } from "../text.ts";

/** What the search is at. */
export type BisectState =
  /** the commit that is checked out, to be marked */
  | { readonly next: string }
  /** the first that changed; several where those between are skipped */
  | { readonly found: readonly string[] };

/** A worktree in which `git bisect` goes from revision to revision. */
export class Revisions implements AsyncDisposable {
  /** the folder of the worktree */
  readonly tree: string;
  /** the commit at which all is right, checked out at first */
  readonly good: string;
  /** the commit at which something has changed */
  readonly bad: string;
  /** commits after `good` up to `bad` */
  readonly count: number;
  readonly #project: string;

  private constructor(
    project: string,
    { tree, good, bad, count }: Pick<
      Revisions,
      "tree" | "good" | "bad" | "count"
    >,
  ) {
    this.#project = project;
    this.tree = tree;
    this.good = good;
    this.bad = bad;
    this.count = count;
  }

  /**
   * Makes the worktree below a folder.
   *
   * @throws {UserError} there is no such revision, or `good` is not before `bad`
   */
  static async open(
    project: string,
    folder: string,
    names: { readonly good: string; readonly bad: string },
  ): Promise<Revisions> {
    await using repository = await Git.open(project);
    const good = await repository.resolve(names.good);
    const bad = await repository.resolve(names.bad);
    const { success } = await git(
      project,
      "merge-base",
      "--is-ancestor",
      good,
      bad,
    );
    if (!success || good === bad) {
      throw new UserError(
        `${printable(names.good)} is not before ${
          printable(names.bad)
        }; name ` +
          "revisions of one line with --good and --bad",
      );
    }
    const listed = await repository.query([
      "rev-list",
      "--count",
      `${good}..${bad}`,
    ]);
    const tree = `${folder}/tree`;
    await must(project, "worktree", "add", "--quiet", "--detach", tree, good);
    return new Revisions(project, { tree, good, bad, count: Number(listed) });
  }

  /** Checks a commit out; what a training left in tracked files goes. */
  async checkOut(commit: string): Promise<void> {
    await must(this.tree, "checkout", "--quiet", "--force", "--detach", commit);
  }

  /** Begins the search. */
  async start(): Promise<BisectState> {
    const { bad, good } = this;
    const terms = ["--term-new=changed", "--term-old=same"];
    return await this.#bisect("start", ...terms, bad, good);
  }

  /** Says what the commit is that is checked out. */
  async mark(word: "same" | "changed" | "skip"): Promise<BisectState> {
    await must(this.tree, "reset", "--quiet", "--hard");
    return await this.#bisect(word);
  }

  /** A commit in a line: its hash, date and subject. */
  async describe(commit: string): Promise<string> {
    const format = ["--no-patch", "--no-show-signature", "--abbrev=12"];
    const args = [...format, "--format=%h  %cs  %s", commit];
    return printable((await must(this.tree, "show", ...args)).trim());
  }

  async #bisect(...args: readonly string[]): Promise<BisectState> {
    const { success, output, error } = await git(this.tree, "bisect", ...args);
    const [, found] =
      /^(\w{40,64}) is the first changed commit$/m.exec(output) ?? [];
    if (found !== undefined) return { found: [found] };
    if (/^There are only 'skip'ped commits left/m.test(output)) {
      return { found: output.match(/^[0-9a-f]{40,64}$/gm) ?? [] };
    }
    if (!success) throw failed("bisect", error);
    return { next: (await must(this.tree, "rev-parse", "HEAD")).trim() };
  }

  /** Removes the worktree. */
  async [Symbol.asyncDispose](): Promise<void> {
    await git(this.#project, "worktree", "remove", "--force", this.tree);
  }
}

async function git(folder: string, ...args: readonly string[]) {
  const { success, stdout, stderr } = await gitCommand({
    args: [...args],
    cwd: folder,
    env: { LC_ALL: "C" }, // its answers are read
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    success,
    output: decoder.decode(stdout),
    error: decoder.decode(stderr),
  };
}

/** What a git command prints. @throws {UserError} it failed */
async function must(
  folder: string,
  ...args: readonly string[]
): Promise<string> {
  const { success, output, error } = await git(folder, ...args);
  if (success) return output;
  throw failed(args[0]!, error);
}

function failed(command: string, error: string): UserError {
  const [line = ""] = error.trim().split("\n");
  return new UserError(
    `git ${command} failed (${printable(line)}); see git worktree list`,
  );
}
