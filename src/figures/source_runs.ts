/** Runs that figures are drawn of, from folders and from revisions. */

import { z } from "zod";
import { UserError } from "../errors.ts";
import { entriesOf, readBytes, targetOf } from "../files.ts";
import { Git } from "../git.ts";
import { parseTable, type Table } from "../results/csv_table.ts";
import { endedSchema, type RunJson } from "../results/run_json.ts";
import { naturally, printable } from "../text.ts";

/** A run as figures need it, wherever its files are. */
export interface SourceRun {
  /** of its folder */
  readonly name: string;
  /** as messages name it */
  readonly path: string;
  /** whose run it is */
  readonly experiment: string;
  /** the revision that it is of; empty: it is in the working tree */
  readonly revision: string;
  readonly status: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** all that its run.json says, of whatever version */
  readonly record: Readonly<Record<string, unknown>>;
  /** see `RunJson` */
  readonly ended?: NonNullable<RunJson["ended"]>;
  /** The bytes of a file of its folder; null: it has none. */
  file(name: string): Promise<Uint8Array | null>;
  /** A CSV file of its folder; null: it has none. @throws {UserError} damaged */
  table(file: string): Promise<Table | null>;
}

/** What is done with the error of a record that cannot be read. */
export type OnDamage = (path: string, error: UserError) => void;

/** An error ends the reading of all runs. */
const refuse: OnDamage = (_, error) => {
  throw error;
};

/** What is read of a run.json, of whatever version. */
const recordSchema = z.looseObject({
  experiment: z.string().default(""),
  status: z.string(),
  config: z.record(z.string(), z.unknown()),
  ended: endedSchema.exactOptional(),
});

/** How deep runs lie: in RUN, EXPERIMENT/RUN or results/EXPERIMENT/RUN. */
const DEPTH = 2;

/** Opens what the user names, and the repository if a revision is needed. */
export class RunSources implements AsyncDisposable {
  readonly #project: string;
  readonly #committed: string;
  #git: Promise<Git> | undefined;

  /**
   * @param project the folder of the repository
   * @param committed where revisions have their results
   */
  constructor(project: string, committed: string) {
    this.#project = project;
    this.#committed = committed;
  }

  /**
   * The runs in a folder, by their names: a run's own, or one with runs at most
   * two folders below. REVISION is the results of a revision, and REVISION:PATH
   * what it has at that path of the project.
   *
   * @param onDamage is told of records that cannot be read, and may go on
   * @throws {UserError} it is none of these, or has no runs
   */
  async open(name: string, onDamage = refuse): Promise<SourceRun[]> {
    let isDamaged = false;
    const told: OnDamage = (path, error) => {
      isDamaged = true;
      onDamage(path, error);
    };
    const runs = (await targetOf(name))?.isDirectory
      ? await fromFolder(name.replace(/(?<=.)\/+$/, ""), DEPTH, told)
      : await this.#fromRevision(name, told);
    if (runs.length > 0 || isDamaged) return runs;
    throw new UserError(
      `${name} has no run, which is a folder with run.json; name RUN, ` +
        "EXPERIMENT or REVISION:PATH",
    );
  }

  async #fromRevision(name: string, onDamage: OnDamage): Promise<SourceRun[]> {
    const [revision, path = this.#committed] = name.split(/:(.*)/s);
    this.#git ??= Git.open(this.#project);
    const git = await this.#git;
    const commit = await git.resolve(revision!);
    const folder = path.replace(/\/+$/, "");
    const files = await git.list(commit, folder);
    const ids = new Map(files.map(({ path, id }) => [path, id]));
    const runs: SourceRun[] = [];
    for (const record of ids.keys()) {
      if (!record.endsWith("/run.json")) continue;
      const run = record.slice(0, -"/run.json".length);
      if (run.slice(folder.length).split("/").length > DEPTH + 1) continue;
      const read = async (file: string) => {
        const id = ids.get(`${run}/${file}`);
        return id === undefined ? null : await git.read(id);
      };
      const path = `${revision}:${run}`;
      const opened = () => runOf(path, run, { revision: revision!, read });
      runs.push(...await readable(path, opened, onDamage));
    }
    return runs.sort((a, b) => naturally(a.path, b.path));
  }

  /** Ends what reads from the repository; its runs are of no use then. */
  async [Symbol.asyncDispose](): Promise<void> {
    const git = await this.#git?.catch(() => undefined);
    await git?.[Symbol.asyncDispose]();
  }
}

/** The runs in a folder, at most `depth` folders below it. */
async function fromFolder(
  folder: string,
  depth: number,
  onDamage: OnDamage,
): Promise<SourceRun[]> {
  if ((await targetOf(`${folder}/run.json`))?.isFile) {
    return await readable(folder, () => runInFolder(folder), onDamage);
  }
  if (depth === 0) return [];
  const names: string[] = [];
  for (const { name } of await entriesOf(folder, "name a folder of results")) {
    if (name.startsWith(".") || name.endsWith(".partial")) continue;
    if ((await targetOf(`${folder}/${name}`))?.isDirectory) names.push(name);
  }
  const runs: SourceRun[] = [];
  for (const name of names.sort(naturally)) {
    runs.push(...await fromFolder(`${folder}/${name}`, depth - 1, onDamage));
  }
  return runs;
}

/** The run, unless it is damaged, which is told. */
async function readable(
  path: string,
  open: () => Promise<SourceRun>,
  onDamage: OnDamage,
): Promise<SourceRun[]> {
  try {
    return [await open()];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    onDamage(path, error);
    return [];
  }
}

/** The run of a folder. @throws {UserError} its record is damaged */
export async function runInFolder(folder: string): Promise<SourceRun> {
  return await runOf(folder, folder, {
    revision: "",
    read: async (file) =>
      (await targetOf(`${folder}/${file}`))?.isFile
        ? await readBytes(`${folder}/${file}`)
        : null,
  });
}

async function runOf(
  path: string,
  folder: string,
  { revision, read }: {
    readonly revision: string;
    readonly read: (file: string) => Promise<Uint8Array | null>;
  },
): Promise<SourceRun> {
  const json = recordOf(await read("run.json"));
  if (json === undefined) {
    throw new UserError(
      `${path}/run.json is no record of a run; name other runs`,
    );
  }
  const { experiment, status, config, ended } = json;
  return {
    name: folder.slice(folder.lastIndexOf("/") + 1),
    ...{ path, experiment, revision, status, config, record: json },
    ...ended && { ended },
    file: read,
    async table(file) {
      const bytes = await read(file);
      const where = printable(`${path}/${file}`);
      return bytes && parseTable(bytes, where, "name other runs");
    },
  };
}

function recordOf(bytes: Uint8Array | null) {
  try {
    const json = JSON.parse(new TextDecoder().decode(bytes ?? undefined));
    return recordSchema.safeParse(json).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
