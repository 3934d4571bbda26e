/** Which commits touched which files. */

import type { Git } from "./git.ts";

/** A commit, and the files that it touched. */
export interface GitCommit {
  /** its hash */
  readonly commit: string;
  /** of the commit: YYYY-MM-DD */
  readonly date: string;
  /** first line of the message */
  readonly subject: string;
  /** files that it changed; a merge: those that differ from all parents */
  readonly files: readonly GitChange[];
}

/** What a commit made of a file. */
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
    "log",
    "--reverse",
    "--date-order",
    "-z",
    "--raw",
    "-c",
    "--root",
    "--no-abbrev",
    "--no-renames",
    // Whatever the user's own settings say:
    "--no-show-signature",
    "--no-notes",
    "--no-color",
    "--format=%x01%H%x01%cs%x01%s",
    "--end-of-options",
    commit,
    "--",
    `${folder}/`,
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
