/**
 * What old revisions hold, read from git's objects: nothing is checked out.
 *
 * What the user names goes to git behind `--end-of-options` and once only, to
 * become a hash; every later command is given that hash.
 */

import { UserError } from "../errors.ts";
import { gitCommand } from "../git.ts";
import { printable } from "./printable.ts";

/** A file in a revision. */
export interface GitFile {
  /** from the folder that git was opened in */
  readonly path: string;
  /** of its content */
  readonly id: string;
}

/** A repository, and the process that reads its blobs. */
export class Git implements AsyncDisposable {
  readonly #folder: string;
  #blobs: BlobReader | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Opens the repository that a folder is in.
   *
   * @throws {UserError} it is in none, or git is not installed
   */
  static async open(folder = "."): Promise<Git> {
    const git = new Git(folder);
    const { success, error } = await git.#run(["rev-parse", "--git-dir"]);
    if (success) return git;
    throw new UserError(
      `${printable(await realPath(folder))} is in no git repository that can ` +
        `be read (${error}); go to one, or compare two folders: DIR_A DIR_B`,
    );
  }

  /** The hash of a commit. @throws {UserError} there is none of that name */
  async resolve(revision: string): Promise<string> {
    const { success, output } = await this.#run([
      "rev-parse",
      "--verify",
      "--quiet",
      "--end-of-options",
      `${revision}^{commit}`,
    ]);
    const hash = output.trim();
    if (success && /^[0-9a-f]{40,64}$/.test(hash)) return hash;
    throw new UserError(
      `${printable(revision) || '""'} is no commit, branch or tag of this ` +
        "repository, nor a folder; git log and git branch list them",
    );
  }

  /** The files of a commit below a folder, links left out. */
  async list(commit: string, folder: string): Promise<GitFile[]> {
    const output = await this.query([
      "ls-tree",
      "-r",
      "-z",
      "--end-of-options",
      commit,
      `${folder}/`,
    ]);
    return output.split("\0").flatMap((line) => {
      const [, id, path] = /^100\d+ blob (\w+)\t(.*)$/s.exec(line) ?? [];
      return id === undefined ? [] : [{ id, path: path! }];
    });
  }

  /** What a git command prints. @throws {UserError} it failed */
  async query(args: readonly string[]): Promise<string> {
    const { success, output, error } = await this.#run(args);
    if (success) return output;
    throw new UserError(`git ${args[0]} failed (${error}); try git fsck`);
  }

  /** The content of a blob. Several may be asked for at once. */
  read(id: string): Promise<Uint8Array> {
    this.#blobs ??= new BlobReader(this.#folder);
    return this.#blobs.read(id);
  }

  /** Ends the process that reads blobs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#blobs?.[Symbol.asyncDispose]();
  }

  async #run(args: readonly string[]) {
    try {
      const { success, stdout, stderr } = await gitCommand({
        args: ["--no-pager", "--literal-pathspecs", ...args],
        cwd: this.#folder,
        stdin: "null",
      }).output();
      const decoder = new TextDecoder();
      const [error = ""] = decoder.decode(stderr).trim().split("\n");
      return {
        success,
        output: decoder.decode(stdout),
        error: printable(error),
      };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new UserError(
        "git is not installed; install it, or compare two folders: " +
          "DIR_A DIR_B",
      );
    }
  }
}

async function realPath(path: string): Promise<string> {
  return await Deno.realPath(path).catch(() => path);
}

/** `git cat-file --batch`: blobs in the order in which they are asked for. */
class BlobReader implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<Uint8Array>;
  /** received and not yet used */
  #rest: Uint8Array = new Uint8Array(0);
  #last: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.#process = gitCommand({
      args: ["cat-file", "--batch"],
      cwd: folder,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#output = this.#process.stdout.getReader();
  }

  read(id: string): Promise<Uint8Array> {
    // Asked for at once, so that git unpacks it while another is in use.
    // Where git has ended, receiving says so.
    const asked = this.#input.write(new TextEncoder().encode(`${id}\n`))
      .catch(() => {});
    const blob = this.#last.then(() => asked).then(() => this.#receive(id));
    this.#last = blob.catch(() => {});
    return blob;
  }

  /** Reads `ID blob SIZE`, LF, the content, LF. */
  async #receive(id: string): Promise<Uint8Array> {
    let head = "";
    while (!head.endsWith("\n")) {
      head += String.fromCharCode(...await this.#take(1));
    }
    const [, size] = /^\w+ blob (\d+)\n$/.exec(head) ?? [];
    if (size === undefined) throw lost(id);
    const content = await this.#take(Number(size));
    await this.#take(1);
    return content;
  }

  async #take(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count);
    for (let done = 0; done < count;) {
      if (this.#rest.length === 0) {
        const { value } = await this.#output.read();
        if (value === undefined) throw lost("the next object");
        this.#rest = value;
      }
      const part = this.#rest.subarray(0, count - done);
      bytes.set(part, done);
      done += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What was asked for and is no longer wanted would keep git waiting.
    await this.#output.cancel();
    await this.#input.close().catch(() => {});
    await this.#process.status;
  }
}

function lost(what: string): UserError {
  return new UserError(
    `git has no content for ${what}; git fsck says what the repository lacks`,
  );
}
