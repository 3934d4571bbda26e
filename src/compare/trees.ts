/** Results trees by what the user calls them. */

import { Git } from "./git.ts";
import { type ResultsTree, treeFromFolder, treeFromRevision } from "./tree.ts";

/** Opens trees, and this folder's repository where one is asked for. */
export class Trees implements AsyncDisposable {
  readonly #committed: string;
  #git: Promise<Git> | undefined;

  /** Of revisions that have their results in the folder `committed`. */
  constructor(committed: string) {
    this.#committed = committed;
  }

  /**
   * The tree in a folder of that name; where there is none, that of a
   * revision.
   *
   * @throws {UserError} it is neither, or has no results
   */
  async open(name: string): Promise<ResultsTree> {
    const stat = await Deno.stat(name).catch(() => null);
    if (stat?.isDirectory) return await treeFromFolder(name);
    this.#git ??= Git.open();
    return await treeFromRevision(await this.#git, name, this.#committed);
  }

  /** Ends what reads from the repository; its trees are of no use then. */
  async [Symbol.asyncDispose](): Promise<void> {
    const git = await this.#git?.catch(() => undefined);
    await git?.[Symbol.asyncDispose]();
  }
}
