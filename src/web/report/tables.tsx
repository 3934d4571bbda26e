/** What was published, what another revision gives, and what is not drawn. */
/// <reference lib="dom" />

import type { ComparisonRecord } from "./record/record.ts";
import * as state from "./state.ts";

/** A table of texts. */
function Table({ about, columns, rows }: {
  readonly about: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}) {
  return (
    <div class="wide tall" tabIndex={0} role="region" aria-label={about}>
      <table class="texts">
        <thead>
          <tr>
            {columns.map((name) => <th key={name} scope="col">{name}</th>)}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, i) => (
            <tr key={i}>{cells.map((cell, j) => <td key={j}>{cell}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Numbers of papers beside ours. */
export function PublishedSection() {
  const { published } = state.report.value;
  if (published.length === 0) return null;
  return (
    <section id="published" aria-labelledby="published-title">
      <h2 id="published-title">Published and obtained</h2>
      {published.map(({ experiment, source, columns, rows }) => (
        <div key={experiment}>
          {published.length > 1 && <h3>{experiment}</h3>}
          <p class="ui">{source}</p>
          <Table about={`Published: ${experiment}`} {...{ columns, rows }} />
        </div>
      ))}
      <p class="quiet ui">
        Verdicts count the seeds; results/published/README.md says how.
      </p>
    </section>
  );
}

/** The verdicts of a comparison. */
export function ComparisonSection() {
  const { comparison } = state.report.value;
  if (comparison === null) return null;
  const { a, b, counts, changes, unreadable, runs, columns } = comparison;
  return (
    <section id="comparison" aria-labelledby="comparison-title">
      <h2 id="comparison-title">Compared with {a}</h2>
      <p class="ui">
        A is {a}, B is {b}. <strong data-counts>{counts}</strong>.
      </p>
      {unreadable.map((why) => <p key={why} class="ui">{why}</p>)}
      {changes.length > 0 && (
        <details>
          <summary>{changes[0]}</summary>
          <pre tabIndex={0}>{changes.slice(1).join("\n")}</pre>
        </details>
      )}
      {runs.map((run) => <Verdict key={run.path} {...{ run, columns }} />)}
    </section>
  );
}

function Verdict({ run: { path, verdict, rows }, columns }: {
  readonly run: ComparisonRecord["runs"][number];
  readonly columns: readonly string[];
}) {
  const word = <span class={`verdict ${verdictClass(verdict)}`}>{verdict}
  </span>;
  return rows.length === 0
    ? <p class="ui verdict-line" data-verdict={path}>{path} {word}</p>
    : (
      <details data-verdict={path}>
        <summary>{path} {word}</summary>
        <Table about={`Verdicts: ${path}`} {...{ columns, rows }} />
      </details>
    );
}

function verdictClass(verdict: string): string {
  return ["identical", "equal"].includes(verdict)
    ? "good"
    : ["within tolerance", "added"].includes(verdict)
    ? "fair"
    : "bad";
}

/** Runs that are in no figure. */
export function LeftOutSection() {
  const { leftOut } = state.report.value;
  if (leftOut.length === 0) return null;
  return (
    <section id="left-out" aria-labelledby="left-out-title">
      <h2 id="left-out-title">Not drawn</h2>
      <ul class="ui">
        {leftOut.map(({ path, why }) => (
          <li key={path}>
            <strong>{path}</strong>: {why}
          </li>
        ))}
      </ul>
    </section>
  );
}
