/** What git leaves in the place of a file's content. */

const POINTER = "version https://git-lfs.github.com/spec/";

/** The first line of a conflict, and of its other side. */
const MARK = /^(<{7}|>{7}) /m;

/**
 * Says of a text that it is a pointer of git-lfs, or has the marks of a merge
 * conflict; undefined: it is neither.
 */
export function leftByGit(text: string): string | undefined {
  if (text.startsWith(POINTER)) {
    return "it is a pointer of git-lfs (git lfs pull gets the content)";
  }
  const mark = text.search(MARK);
  if (mark < 0) return undefined;
  const line = text.slice(0, mark).split("\n").length;
  return `line ${line} is a mark of a merge conflict`;
}
