/** Every reader of files. */

import { assert } from "@std/assert";
import fc from "fast-check";
import { encode } from "fast-png";
import { zipSync } from "fflate";
import { globMatcher } from "../../src/compare/names.ts";
import { compareTrees } from "../../src/compare/compare_trees.ts";
import { treeFromFolder } from "../../src/compare/tree.ts";
import { packAmat } from "../../src/data/bits.ts";
import { gunzip } from "../../src/data/gzip.ts";
import { parseIdx } from "../../src/data/idx.ts";
import { openOwn } from "../../src/data/own/own.ts";
import { UserError } from "../../src/errors.ts";
import { formatSchedule, SCHEDULE } from "../../src/objective/schedule.ts";
import { valueOf } from "../../src/config/value.ts";
import { readMeasurement } from "../../src/published/measurement.ts";
import { verify } from "../../src/cli/verify.ts";
import { saidBy } from "../cli/said.ts";
import { writeTree } from "../verify/trees.ts";
import { reportOf } from "../../src/cli/published.ts";
import {
  checkpointSteps,
  readCheckpoint,
} from "../../src/results/checkpoint.ts";
import {
  parseCsv,
  parseLastRow,
  parseTable,
  readRowsAfter,
  readSteps,
} from "../../src/results/csv_table.ts";
import { readRunJson } from "../../src/results/run_json.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  SafetensorsError,
} from "../../src/results/safetensors.ts";
import { readFinishedRun } from "../../src/sweep/finished_run.ts";
import { storedRuns } from "../../src/sweep/stored_runs.ts";
import { summaryOf } from "../../src/sweep/summary.ts";
import { gzip } from "../data/helpers.ts";
import { npy } from "../data/own/files.ts";
import { COLOUR } from "../data/own/jpegs.ts";
import { ROOT } from "../experiments/command.ts";
import { nearly, nearlyJson } from "./mutations.ts";
import {
  copyRun,
  encoded,
  file,
  given,
  RUN,
  type Subject,
  subject,
} from "./subject.ts";

const CSV = [
  encoded("step,samples_seen,elbo,reconstruction,kl\n1,10,-5.5,-4.5,1\n"),
  encoded('\ufeffstep,a\r\n1,"x, ""y""\nz"\r\n2,NaN\r\n'),
  encoded("quantity,value\nnll,-1e-3\nkl,Infinity\n"),
];

/** The user's own data, of a file with such an ending. */
function own(ending: string, files: () => Promise<Uint8Array[]>): Subject {
  const settings = {
    columns: null,
    labels: null,
    scale: "none",
    image: null,
    testFraction: 0.5,
    seed: 1,
  } as const;
  return file(
    3,
    `rows.${ending}`,
    (path) => openOwn(path, settings as Parameters<typeof openOwn>[1]),
    files,
  );
}

const tensors = () =>
  encodeSafetensors({
    arrays: [{ name: "a", shape: [2, 3], values: new Float32Array(6) }],
    metadata: { step: "3", lengths: '{"train":9}', origin: '{"config":{}}' },
  });

const GREY = { width: 3, height: 2, channels: 1, depth: 8 } as const;

/** Readers of files and texts, by name. */
export const READERS: Readonly<Record<string, Subject>> = {
  "CSV files": subject(12, () =>
    given({
      inputs: nearly(CSV),
      read: (bytes) => {
        parseTable(bytes, "f.csv");
        parseLastRow(bytes, "f.csv");
        parseCsv(bytes, "f.csv", ["step", "elbo"]);
      },
    })),
  "train.csv": file(4, "train.csv", async (path) => {
    await readSteps(path, ["step", "elbo"]);
    await readRowsAfter(path, 1);
  }, () => CSV),
  "run.json": subject(12, async (folder) => {
    const json = JSON.parse(await Deno.readTextFile(`${RUN}/run.json`));
    const bytes = nearly([encoded(JSON.stringify(json))]);
    return given({
      inputs: fc.oneof(nearlyJson(json).map(encoded), bytes),
      read: async (input) => {
        await Deno.writeFile(`${folder}/run.json`, input);
        await readRunJson(folder);
        await readFinishedRun(folder);
      },
    });
  }),
  "measurement.json": file(
    2,
    "measurement.json",
    (_, folder) => readMeasurement(folder),
    async () => {
      const path = `${ROOT}results/gradient-snr`;
      const [name] = Array.from(Deno.readDirSync(path), ({ name }) => name)
        .filter((name) => name.startsWith("toy"));
      return [await Deno.readFile(`${path}/${name}/measurement.json`)];
    },
  ),
  "a run's folder": subject(4, async (folder) => {
    const files = await copyRun(`${folder}/e/r`);
    await copyRun(`${folder}/e/whole`);
    const json = JSON.parse(new TextDecoder().decode(files["run.json"]));
    return given({
      inputs: fc.oneof(
        fc.record({
          name: fc.constantFrom(...Object.keys(files)),
          bytes: nearly(Object.values(files)),
        }),
        nearlyJson(json).map((text) => ({
          name: "run.json",
          bytes: encoded(text),
        })),
      ),
      read: async ({ name, bytes }) => {
        const path = `${folder}/e/r/${name}`;
        await Deno.writeFile(path, bytes);
        try {
          const tree = await treeFromFolder(folder);
          const { unreadable: [why] } = await compareTrees(tree, tree, {
            experiment: "e",
          });
          if (why !== undefined) throw new UserError(why);
          await summaryOf(await storedRuns(`${folder}/e`));
        } finally {
          await Deno.writeFile(path, files[name]!);
        }
      },
    });
  }),
  "results.lock": subject(2, async (folder) => {
    await writeTree(folder);
    await saidBy(() => verify([".", "--write"]));
    const path = `${folder}/results.lock`;
    return given({
      inputs: nearly([await Deno.readFile(path)]),
      read: async (bytes) => {
        await Deno.writeFile(path, bytes);
        await verify(["."]);
      },
    });
  }),
  certificates: subject(2, async (folder) => {
    await writeTree(folder);
    await saidBy(() => verify([".", "--write"]));
    await saidBy(() => verify([".", "--certificate", "c.json"]));
    const path = `${folder}/c.json`;
    const right = await Deno.readFile(path);
    const json = JSON.parse(new TextDecoder().decode(right));
    return given({
      inputs: fc.oneof(nearlyJson(json).map(encoded), nearly([right])),
      read: async (bytes) => {
        await Deno.writeFile(path, bytes);
        await verify(["c.json", "--results", "."]);
      },
    });
  }),
  "a report of published numbers": subject(1, async (folder) => {
    const name = "mnist-z3-L1-n1e6-seed1";
    const from = `${ROOT}results/aevb-figure2`;
    const names = Array.from(Deno.readDirSync(from), ({ name }) => name);
    const run = names.includes(name)
      ? name
      : names.find((name) => name.startsWith("mnist"))!;
    const to = `${folder}/aevb-figure2/${run}`;
    await Deno.mkdir(to, { recursive: true });
    const files: Record<string, Uint8Array> = {};
    for (const { name, isFile } of Deno.readDirSync(`${from}/${run}`)) {
      if (!isFile || !/\.(csv|json)$/.test(name)) continue;
      files[name] = await Deno.readFile(`${from}/${run}/${name}`);
      await Deno.writeFile(`${to}/${name}`, files[name]);
    }
    const json = JSON.parse(new TextDecoder().decode(files["run.json"]));
    return given({
      inputs: nearlyJson(json),
      read: async (text) => {
        await Deno.writeTextFile(`${to}/run.json`, text);
        await reportOf(folder);
      },
    });
  }),
  "safetensors files": subject(12, async () =>
    given({
      inputs: nearly([await tensors()]),
      read: async (bytes) => {
        await decodeSafetensors(bytes).catch((error) => {
          if (!(error instanceof SafetensorsError)) throw error;
          throw new UserError(error.message);
        });
      },
    })),
  checkpoints: file(4, "checkpoint-3.safetensors", async (_, folder) => {
    await checkpointSteps(folder);
    await readCheckpoint(folder, { config: {} });
  }, async () => [await tensors()]),
  "IDX files": subject(8, () => {
    const header = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2];
    const right = Uint8Array.from([...header, 1, 2, 3, 4, 5, 6, 7, 8]);
    return given({
      inputs: nearly([right]),
      read: (bytes) => parseIdx(bytes, [2, 2, 2], "f"),
    });
  }),
  "gzip files": subject(4, async () => {
    const zeros = await gzip(new Uint8Array(1e7));
    return given({
      inputs: nearly([zeros, await gzip(encoded("a,b\n1,2\n"))]),
      read: (bytes) => gunzip(bytes, "f", 1e6),
    });
  }),
  "text of pixels": subject(4, () =>
    given({
      inputs: nearly([encoded("0 1 1 0 1 0 0 1 \n1 1 1 1 0 0 0 0 \n")]),
      read: (bytes) => packAmat(bytes, 2, 8, "f"),
    })),
  "own data: csv": own(
    "csv",
    () => Promise.resolve([encoded("a,b\n1,2\n3,4.5\n5,6\n7,-8e2\n")]),
  ),
  "own data: csv.gz": own("csv.gz", async () => [
    await gzip(encoded("a,b\n1,2\n3,4.5\n5,6\n7,-8e2\n")),
  ]),
  "own data: npy": own(
    "npy",
    () => Promise.resolve([npy([4, 2], [1, 2, 3, 4, 5, 6, 7, 8])]),
  ),
  "own data: npz": own(
    "npz",
    () =>
      Promise.resolve([
        zipSync({ "x.npy": npy([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]) }),
      ]),
  ),
  "own data: safetensors": own("safetensors", async () => [await tensors()]),
  "own data: parquet": own("parquet", async () => {
    const names = ["snappy", "zstd"];
    const at = (name: string) =>
      new URL(`../data/own/${name}.parquet`, import.meta.url);
    return await Promise.all(names.map((name) => Deno.readFile(at(name))));
  }),
  "own data: images": subject(3, async (folder) => {
    const images = `${folder}/images`;
    await Deno.mkdir(images);
    const png = encode({ ...GREY, data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
    await Deno.writeFile(`${images}/a.png`, png);
    await Deno.writeFile(`${images}/b.png`, png);
    return given({
      inputs: fc.record({
        ending: fc.constantFrom("png", "jpg"),
        bytes: nearly([png, COLOUR]),
      }),
      read: async ({ ending, bytes }) => {
        const path = `${images}/c.${ending}`;
        await Deno.writeFile(path, bytes);
        try {
          openOwn(
            images,
            {
              ...{ columns: null, labels: null, scale: "none", image: null },
              ...{ testFraction: 0.5, seed: 1 },
            } as Parameters<typeof openOwn>[1],
          );
        } finally {
          await Deno.remove(path);
        }
      },
    });
  }),
  "names with stars": subject(4, () =>
    given({
      inputs: fc.array(fc.constantFrom("*", "?", "a", "[", "\\", "("), {
        maxLength: 60,
      }),
      read: (glob) => globMatcher(glob.join(""))("a".repeat(200) + "b"),
    })),
  schedules: subject(6, () =>
    given({
      inputs: nearly([
        ...["linear:0:1:200", "cyclical:0:1:10:0.5", "stages:1:2,3:4", "0.01"]
          .map(encoded),
      ]),
      read: (bytes) => {
        const text = new TextDecoder().decode(bytes);
        const value = valueOf(SCHEDULE, text);
        if (value === undefined) return;
        const again = valueOf(SCHEDULE, formatSchedule(value));
        assert(JSON.stringify(again) === JSON.stringify(value), text);
      },
    })),
};
