/**
 * Certificates: what `verify` found, as a statement of in-toto with the
 * predicate of test results.
 *
 * https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 * https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
 */

import { z } from "zod";
import type { Verdict } from "../compare/compare_columns.ts";
import { sha256 } from "../results/loaded.ts";
import { jsonText, NotGenuineError } from "./envelope.ts";
import { LOCK } from "./lock.ts";

const digest = z.string().regex(/^[0-9a-f]{64}$/);

const statementSchema = z.object({
  _type: z.literal("https://in-toto.io/Statement/v1"),
  /** results.lock, then the record of each run that the statement is about */
  subject: z.array(z.object({
    name: z.string(),
    digest: z.object({ sha256: digest }),
  })).min(1),
  predicateType: z.literal(
    "https://in-toto.io/attestation/test-result/v0.1",
  ),
  predicate: z.object({
    result: z.enum(["PASSED", "WARNED", "FAILED"]),
    configuration: z.array(z.object({
      name: z.string(),
      digest: z.record(z.string(), z.string()),
    })),
    passedTests: z.array(z.string()),
    warnedTests: z.array(z.string()),
    failedTests: z.array(z.string()),
    /** what in-toto has no field for */
    elboLab: z.object({
      /** of git; null: the project is in no repository */
      revision: z.object({
        commit: z.string().nullable(),
        dirty: z.boolean().nullable(),
      }),
      machine: z.record(z.string(), z.string()),
      /** which runs were made again; null: none was */
      rerun: z.object({
        share: z.string(),
        seed: z.int(),
        of: z.int(),
        verdicts: z.record(z.string(), z.string()),
      }).nullable(),
      /** over the statement, with nothing in its place */
      sha256: digest,
    }),
  }),
});

/** What a certificate states. */
export type Statement = z.infer<typeof statementSchema>;

/** What a statement is made of. */
export interface Findings {
  readonly lockSha256: string;
  /** whose files have the hashes that were recorded; "": all */
  readonly parts: readonly string[];
  /** SHA-256 of the runs' records, by path from the tree's folder */
  readonly records: ReadonlyMap<string, string>;
  readonly revision: Statement["predicate"]["elboLab"]["revision"];
  /** SHA-256 of deno.lock; null: there is none */
  readonly packagesSha256: string | null;
  readonly machine: Readonly<Record<string, string>>;
  readonly rerun: Rerun | null;
}

/** Runs that were drawn and made again. */
export interface Rerun {
  /** of the runs, such as `5%` */
  readonly share: string;
  readonly seed: number;
  /** how many runs they were drawn from */
  readonly of: number;
  /** by path */
  readonly verdicts: ReadonlyMap<string, Verdict>;
  /** those whose verdict is worse than what was to be expected */
  readonly failed: ReadonlySet<string>;
}

/** The statement. It has no time: the same findings are the same bytes. */
export function statementOf(findings: Findings): Statement {
  const { revision, packagesSha256, rerun } = findings;
  const verdicts = [...rerun?.verdicts ?? []];
  const failedTests = verdicts.filter(([run]) => rerun?.failed.has(run));
  const warnedTests = verdicts.filter(([run, verdict]) =>
    verdict !== "identical" && !rerun?.failed.has(run)
  );
  const passedTests = verdicts.filter(([, verdict]) => verdict === "identical");
  const named = (tests: readonly (readonly [string, Verdict])[]) =>
    tests.map(([run]) => `rerun of ${run}`);
  const statement: Statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [[LOCK, findings.lockSha256] as const, ...findings.records]
      .map(([name, sha256]) => ({ name, digest: { sha256 } })),
    predicateType: "https://in-toto.io/attestation/test-result/v0.1",
    predicate: {
      result: failedTests.length > 0
        ? "FAILED"
        : warnedTests.length > 0
        ? "WARNED"
        : "PASSED",
      configuration: [
        ...revision.commit === null
          ? []
          : [{ name: "source", digest: { gitCommit: revision.commit } }],
        ...packagesSha256 === null
          ? []
          : [{ name: "deno.lock", digest: { sha256: packagesSha256 } }],
      ],
      passedTests: [
        ...findings.parts.map((part) => `hashes of ${part || "all files"}`),
        ...named(passedTests),
      ],
      warnedTests: named(warnedTests),
      failedTests: named(failedTests),
      elboLab: {
        revision,
        machine: { ...findings.machine },
        rerun: rerun && {
          ...{ share: rerun.share, seed: rerun.seed, of: rerun.of },
          verdicts: Object.fromEntries(verdicts),
        },
        sha256: "",
      },
    },
  };
  statement.predicate.elboLab.sha256 = hashOf(statement);
  return statement;
}

/** So that a flipped byte of what is not signed is an error, too. */
function hashOf(statement: Statement): string {
  const { predicate } = statement;
  const elboLab = { ...predicate.elboLab, sha256: "" };
  const text = jsonText({
    ...statement,
    predicate: { ...predicate, elboLab },
  });
  return sha256(new TextEncoder().encode(text));
}

/** @throws {NotGenuineError} it is no such statement, or was changed */
export function readStatement(json: unknown): Statement {
  const { success, data } = statementSchema.safeParse(json);
  if (!success) {
    throw new NotGenuineError("it is no statement of in-toto by verify");
  }
  // Of all that is there, and not only of what is known.
  if (hashOf(json as Statement) !== data.predicate.elboLab.sha256) {
    throw new NotGenuineError("its statement is not what was written");
  }
  if (data.subject[0]!.name === LOCK) return data;
  throw new NotGenuineError(`its first subject is not ${LOCK}`);
}

/** The verdicts in a line, such as `12 of 12 identical on aarch64`. */
export function verdictsInWords(
  verdicts: Iterable<string>,
  arch: string,
): string {
  const counts = new Map<string, number>();
  for (const verdict of verdicts) {
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const { identical, ...others } = {
    identical: 0,
    ...Object.fromEntries(counts),
  };
  return [
    `${identical} of ${total} identical on ${arch}`,
    ...Object.entries(others).map(([verdict, count]) => `${count} ${verdict}`),
  ].join(", ");
}
