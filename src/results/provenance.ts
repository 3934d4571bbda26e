/** Where results come from: the source that is loaded, and the versions in use. */

import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import project from "../../deno.json" with { type: "json" };
import { UserError } from "../errors.ts";
import { readBytes, readBytesSync, realFileSync, unless } from "../files.ts";
import {
  type Files,
  filesFrom,
  hashOf,
  loadsComputed,
  nameIn,
  patchOfNew,
  sha256,
  withFiles,
} from "./loaded.ts";
import {
  addressOf,
  changesOf,
  type Repository,
  repositoryOf,
} from "./repository.ts";
import type { RunJson } from "./run_json.ts";

/** The version of tfjs, which is not loaded for it. */
const TFJS = project.imports["@tensorflow/tfjs"].split("@").at(-1)!;

const ROOT_URL = new URL("../../", import.meta.url);

/** The toolkit's folder; null where it was loaded from elsewhere. */
const ROOT = ROOT_URL.protocol === "file:" ? fileURLToPath(ROOT_URL) : null;

/** What decides how imports are resolved, and which packages they are. */
const CONFIGS = ["deno.json", "deno.jsonc", "package.json", "deno.lock"];

/** What run.json says of the source. */
export type SourceRecord = Required<
  Pick<RunJson, "git" | "toolkit" | "script">
>;

/** The source of a process. */
export interface Source extends SourceRecord {
  /** how it differs from commits: patches by their names in a run's folder */
  readonly patches: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
  /** the script loads modules by names that it makes as it runs */
  readonly loadsComputed: boolean;
}

type GitRecord = RunJson["git"];

const NO_COMMIT: GitRecord = { commit: null, dirty: null, patchSha256: null };

/**
 * The source that a process has loaded: its script, with what that imports, and
 * the toolkit. What git says of them is said of these files alone, whose bytes
 * are compared with those of the commit; a repository that has none of the
 * toolkit's files only lies around them.
 *
 * @param main URL of the script
 * @param root the toolkit's folder; null: it was loaded from elsewhere
 * @throws {UserError} the script is no file, so that nobody could read it again
 */
export async function sourceState(
  main: string = Deno.mainModule,
  root: string | null = ROOT,
): Promise<Source> {
  const toolkit: Files = root === null
    ? new Map()
    : withFiles(filesFrom(join(root, "mod.ts")), root, CONFIGS);
  const script = scriptOf(main, toolkit);
  const around = root === null ? null : await repositoryOf(root);
  const place = script && await repositoryOf(script.folder);
  const isOne = place !== null && place.top === around?.top;

  const all = isOne ? new Map([...toolkit, ...script!.files]) : toolkit;
  const whole = await stateOf(around, all);
  const isIn = whole.git.commit !== null;
  const git = isIn && !whole.isKnown ? NO_COMMIT : whole.git;
  const patches: Record<string, Uint8Array<ArrayBuffer>> = {};
  if (git.dirty && whole.patch) patches["source.patch"] = whole.patch;

  let own = NO_COMMIT;
  if (isOne) {
    const isChanged = [...script!.files.keys()]
      .some((path) => whole.changed.has(path));
    own = { ...git, dirty: git.dirty && isChanged, patchSha256: null };
  } else if (script !== null) {
    const state = await stateOf(place, script.files);
    const patch = place === null
      ? patchOfNew(script.files, script.folder)
      : state.patch;
    if (patch !== null) patches["script.patch"] = patch;
    own = { ...state.git, patchSha256: patch && sha256(patch) };
  }
  const isOpen = script !== null &&
    [...script.files].some(([path, bytes]) => loadsComputed(path, bytes));
  const known = (git: GitRecord) => isOpen ? unlessClean(git) : git;
  return {
    git: isOne ? known(git) : git,
    toolkit: {
      version: project.version,
      sha256: root === null ? null : hashOf(toolkit, root),
    },
    script: {
      ...script === null
        ? { name: main, sha256: null, importsSha256: null }
        : recordOf(script, place?.top ?? root),
      repository: place && await addressOf(place),
      ...known(own),
    },
    patches,
    loadsComputed: isOpen,
  };
}

/** Of files, of which some cannot be known: what was seen may not be all. */
function unlessClean(git: GitRecord): GitRecord {
  return { ...git, dirty: git.dirty || null };
}

/** What git says of files. */
async function stateOf(place: Repository | null, files: Files) {
  if (place === null) {
    const changed: ReadonlySet<string> = new Set();
    return { git: NO_COMMIT, patch: null, isKnown: false, changed };
  }
  const { isKnown, patch, changed } = await changesOf(place, files);
  const git: GitRecord = {
    commit: place.commit,
    dirty: changed.size > 0,
    patchSha256: patch && sha256(patch),
  };
  return { git, patch, isKnown, changed };
}

/** A script that is a file, and what it imports beside the toolkit. */
interface Script {
  readonly path: string;
  readonly folder: string;
  readonly files: Files;
}

/** null: it was loaded from elsewhere, where an address has one content */
function scriptOf(main: string, toolkit: Files): Script | null {
  const url = new URL(main);
  if (/^https?:$/.test(url.protocol)) return null;
  const path = url.protocol === "file:"
    ? realFileSync(fileURLToPath(url))
    : null;
  if (path === null) {
    throw new UserError(
      "the script is no file, and a record could not say what it was; save it " +
        "and run the file",
    );
  }
  const folder = dirname(path);
  const files = withFiles(
    filesFrom(path, toolkit),
    configFolder(folder),
    CONFIGS,
  );
  const own = [...files].filter(([path]) => !toolkit.has(path));
  return { path, folder, files: new Map(own) };
}

/** The nearest folder with a config, as Deno looks for it; else the script's. */
function configFolder(folder: string): string {
  for (let at = folder;; at = dirname(at)) {
    const [...configs] = CONFIGS.slice(0, -1).map((name) => join(at, name));
    if (configs.some((path) => realFileSync(path) !== null)) return at;
    if (dirname(at) === at) return folder;
  }
}

function recordOf({ path, folder, files }: Script, top: string | null) {
  const imports = new Map([...files].filter(([other]) => other !== path));
  const name = nameIn(top ?? folder, path);
  return {
    name: name.startsWith("/") ? basename(path) : name,
    sha256: sha256(files.get(path) ?? readBytesSync(path)),
    importsSha256: imports.size === 0 ? null : hashOf(imports, folder),
  };
}

/**
 * Whether a script, with what it imports beside the toolkit, is now as a record
 * has it.
 *
 * @param path of its file
 */
export function isScriptOf(
  { sha256, importsSha256 }: NonNullable<RunJson["script"]>,
  path: string,
): boolean {
  const toolkit = ROOT === null ? undefined : filesFrom(join(ROOT, "mod.ts"));
  const script = scriptOf(pathToFileURL(path).href, toolkit ?? new Map());
  if (script === null) return false;
  const now = recordOf(script, null);
  return now.sha256 === sha256 && now.importsSha256 === importsSha256;
}

/** What is said of a script that loads modules by names that it makes. */
export function computedNotice({ script: { name } }: SourceRecord): string {
  return `the script ${name} loads modules by names that it makes as it runs, ` +
    "so that no record can tell what they were; write the names in quotes in " +
    "import() or new Worker(new URL(NAME, import.meta.url))";
}

/** @throws {UserError} a part of the source is not as a commit has it */
export function checkClean(source: Source): void {
  const { git, script } = source;
  if (source.loadsComputed) {
    throw new UserError(`--require-clean: ${computedNotice(source)}`);
  }
  for (const [part, { commit, dirty }] of Object.entries({ git, script })) {
    if (dirty === false) continue;
    const what = part === "git" ? "the toolkit" : `the script ${script.name}`;
    throw new UserError(
      commit === null
        ? `--require-clean: ${what} is in no git repository; clone it, or ` +
          "commit it to one"
        : `--require-clean: what is loaded differs from commit ${
          commit.slice(0, 8)
        } of ${what}; commit the changes`,
    );
  }
}

/** SHA-256 (hex) of deno.lock; null where the project has none. */
export async function lockSha256(): Promise<string | null> {
  if (ROOT === null) return null;
  const lock = await unless(["ENOENT"], readBytes(`${ROOT}deno.lock`));
  return lock && sha256(lock);
}

/** Versions of everything that computes. */
export function versions(): RunJson["versions"] {
  return {
    project: project.version,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    tfjs: TFJS,
    target: Deno.build.target,
  };
}
