/** Runs that figures are drawn of, from folders and from revisions. */

import { z } from "zod";
import { UserError } from "../errors.ts";
import { entriesOf, readBytes, targetOf } from "../files.ts";
import { Git } from "../git.ts";
import { parseTable, type Table } from "../results/csv_table.ts";
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
  /** A CSV file of its folder; null: it has none. @throws {UserError} damaged */
  table(file: string): Promise<Table | null>;
}

/** What is read of a run.json, of whatever version. */
const recordSchema = z.looseObject({
  experiment: z.string().default(""),
  status: z.string(),
  config: z.record(z.string(), z.unknown()),
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
   * @throws {UserError} it is none of these, or has no runs
   */
  async open(name: string): Promise<SourceRun[]> {
    const runs = (await targetOf(name))?.isDirectory
      ? await fromFolder(name.replace(/(?<=.)\/+$/, ""), DEPTH)
      : await this.#fromRevision(name);
    if (runs.length > 0) return runs;
    throw new UserError(
      `${name} has no run, which is a folder with run.json; name RUN, ` +
        "EXPERIMENT or REVISION:PATH",
    );
  }

  async #fromRevision(name: string): Promise<SourceRun[]> {
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
      runs.push(await runOf(path, run, { revision: revision!, read }));
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
async function fromFolder(folder: string, depth: number): Promise<SourceRun[]> {
  if ((await targetOf(`${folder}/run.json`))?.isFile) {
    return [await runInFolder(folder)];
  }
  if (depth === 0) return [];
  const names: string[] = [];
  for (const { name } of await entriesOf(folder, "name a folder of results")) {
    if (name.startsWith(".") || name.endsWith(".partial")) continue;
    if ((await targetOf(`${folder}/${name}`))?.isDirectory) names.push(name);
  }
  const runs: SourceRun[] = [];
  for (const name of names.sort(naturally)) {
    runs.push(...await fromFolder(`${folder}/${name}`, depth - 1));
  }
  return runs;
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
  const { experiment, status, config } = json;
  return {
    name: folder.slice(folder.lastIndexOf("/") + 1),
    ...{ path, experiment, revision, status, config },
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
