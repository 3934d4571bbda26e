/**
 * git: the source's own repository, and what old revisions hold. Nothing is
 * checked out.
 *
 * What the user names goes to git behind `--end-of-options` and once only, to
 * become a hash; every later command is given that hash.
 */

import { UserError } from "./errors.ts";
import { MOST_BYTES, realPathOf } from "./files.ts";
import { printable } from "./text.ts";

/**
 * Empty variables of the dynamic linker, for every git that is started.
 *
 * Workaround: with the permission to run git alone, Deno refuses to start it
 * where the environment has such variables, as on many machines with CUDA
 * (https://github.com/denoland/deno/issues/26843). Deno takes empty ones for
 * unset, and git needs none; with any other, Deno's error names it. Delete when
 * Deno passes on the variables that it was started with.
 */
const NO_LIBRARIES = {
  LD_LIBRARY_PATH: "",
  LD_PRELOAD: "",
  LD_AUDIT: "",
  LD_BIND_NOW: "",
  LD_RUN_PATH: "",
  DYLD_LIBRARY_PATH: "",
  DYLD_FRAMEWORK_PATH: "",
  DYLD_FALLBACK_LIBRARY_PATH: "",
  DYLD_INSERT_LIBRARIES: "",
};

/**
 * What git tells the hooks it runs of their repository, by `git rev-parse
 * --local-env-vars`. In a hook, every git would read that one.
 */
const OF_A_REPOSITORY = [
  ...["ALTERNATE_OBJECT_DIRECTORIES", "COMMON_DIR", "CONFIG", "CONFIG_COUNT"],
  ...["CONFIG_PARAMETERS", "DIR", "GRAFT_FILE", "IMPLICIT_WORK_TREE"],
  ...["INDEX_FILE", "INTERNAL_SUPER_PREFIX", "NAMESPACE", "NO_REPLACE_OBJECTS"],
  ...["OBJECT_DIRECTORY", "PREFIX", "REPLACE_REF_BASE", "SHALLOW_FILE"],
  "WORK_TREE",
].map((name) => `GIT_${name}`);

/** Only reads: repositories of others name programs for all of these. */
const READ_ONLY = {
  GIT_ALLOW_PROTOCOL: "none", // no download of what a partial clone lacks
  GIT_OPTIONAL_LOCKS: "0",
  GIT_TERMINAL_PROMPT: "0",
};

/**
 * A git command, not yet started, in the repository of its folder: git unsets
 * the variables of any other, and starts the command. Deno could neither see
 * nor unset them with the permission to run git alone.
 */
export function gitCommand(
  { args = [], env = {}, ...options }: Deno.CommandOptions,
): Deno.Command {
  const unset = OF_A_REPOSITORY.filter((name) => !(name in env)).join(" ");
  return new Deno.Command("git", {
    ...options,
    args: [
      // No repository yet, so that none sets anything for this git.
      "--git-dir=/dev/null/none",
      ...["-c", `alias.in-its-folder=!unset ${unset}; exec git`],
      ...["in-its-folder", "--no-pager"],
      ...["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"],
      ...args,
    ],
    env: { ...NO_LIBRARIES, ...READ_ONLY, ...env },
  });
}

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
      `${
        printable(await realPathOf(folder))
      } is not in a readable git repository ` +
        `(${error}); change to one, or compare two folders: DIR_A DIR_B`,
    );
  }

  /** The hash of a commit. @throws {UserError} there is no such commit */
  async resolve(revision: string): Promise<string> {
    const { success, output } = await this.#run([
      ...["rev-parse", "--verify", "--quiet"],
      ...["--end-of-options", `${revision}^{commit}`],
    ]);
    const hash = output.trim();
    if (success && /^[0-9a-f]{40,64}$/.test(hash)) return hash;
    throw new UserError(
      `${printable(revision) || '""'} is not a commit, branch or tag of this ` +
        "repository, nor a folder; git log and git branch list them",
    );
  }

  /** The files of a commit below a folder, links left out. */
  async list(commit: string, folder: string): Promise<GitFile[]> {
    const below = ["--end-of-options", commit, `${folder}/`];
    const output = await this.query(["ls-tree", "-r", "-z", ...below]);
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

  /** The content of a blob. Several may be requested at once. */
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
        args: ["--literal-pathspecs", ...args],
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

/** `git cat-file --batch`: blobs in the order in which they are requested. */
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
    // Requested at once, so that git unpacks it while another is in use.
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
    if (Number(size) > MOST_BYTES) {
      throw new UserError(
        `git's object ${id} has ${size} bytes, more than ${MOST_BYTES}; choose ` +
          "other runs or another revision",
      );
    }
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
    // What was requested and is no longer read would keep git waiting.
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

/** A commit, and the files that it touched. */
export interface GitCommit {
  readonly commit: string;
  /** of the commit: YYYY-MM-DD */
  readonly date: string;
  readonly subject: string;
  /** files that it changed; a merge: those that differ from all parents */
  readonly files: readonly GitChange[];
}

/** A file that a commit changed. */
export interface GitChange {
  /** from the folder that git was opened in */
  readonly path: string;
  /** of the new content; null: the file was removed */
  readonly id: string | null;
}

/** Begins the lines of `--format`, which raw lines begin with ":". */
const MARK = "\x01";

/** The commits up to `commit` that touched a folder, oldest first. */
export async function commitsOf(
  git: Git,
  commit: string,
  folder: string,
): Promise<GitCommit[]> {
  // `--relative` leaves the paths of merges as they are in git 2.39.
  const prefix = (await git.query(["rev-parse", "--show-prefix"])).trimEnd();
  const output = await git.query([
    ...["log", "--reverse", "--date-order", "-z", "--raw", "-c", "--root"],
    ...["--no-abbrev", "--no-renames"],
    // Whatever the user's own settings say:
    ...["--no-show-signature", "--no-notes", "--no-color"],
    ...["--format=%x01%H%x01%cs%x01%s", "--end-of-options"],
    ...[commit, "--", `${folder}/`],
  ]);
  const commits: (GitCommit & { files: GitChange[] })[] = [];
  const tokens = output.split("\0").values();
  for (const token of tokens) {
    const line = token.trimStart();
    if (line.startsWith(MARK)) {
      const [, hash, date, ...subject] = line.split(MARK);
      commits.push({
        commit: hash!,
        date: date!,
        subject: subject.join("").trimEnd(),
        files: [],
      });
    } else if (line.startsWith(":")) {
      commits.at(-1)!.files.push({
        path: tokens.next().value!.slice(prefix.length),
        id: newId(line),
      });
    }
  }
  return commits;
}

/**
 * The last hash of `:MODE.. MODE HASH.. HASH STATUS`, which has a colon, a
 * mode and a hash more for every further parent of a merge.
 */
function newId(raw: string): string | null {
  const id = raw.split(" ").at(-2)!;
  return /^0+$/.test(id) ? null : id;
}
