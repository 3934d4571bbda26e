/** Lines by name, and their values. */
/// <reference lib="dom" />

import type { Curves, Shown } from "./drawn_curves.ts";
import { type CurvePoint, valueAt } from "./lines.ts";
import * as state from "./state.ts";
import { cellText } from "./text.ts";

/** The lines by name, and their values where the pointer is, or at the end. */
export function Legend(
  { lines, curves, names }: {
    readonly lines: readonly Shown[];
    readonly curves: readonly Curves[];
    readonly names: readonly string[];
  },
) {
  return (
    <div class="wide" tabIndex={0} role="region" aria-label="Lines">
      <table class="legend">
        <thead>
          <tr>
            <th scope="col">
              <At />
            </th>
            <th scope="col">runs</th>
            {names.map((name) => <th key={name} scope="col">{name}</th>)}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.key}>
              <th scope="row">
                <button
                  type="button"
                  class="line"
                  aria-pressed={line.drawn.length > 0}
                  onClick={() => state.show(line.runs, line.drawn.length === 0)}
                >
                  <Swatch colour={line.colour} dash={line.dash} />
                  {line.label}
                </button>
              </th>
              <td>{line.drawn.length}</td>
              {names.map((name, i) => (
                <Reading
                  key={name}
                  points={curves[i]!.main.find((one) => one.line === line)
                    ?.points ?? []}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A piece of a line. */
export function Swatch(
  { colour, dash }: { readonly colour: string; readonly dash: string },
) {
  return (
    <svg class="swatch" width={26} height={10} aria-hidden="true">
      <line
        x1={1}
        x2={25}
        y1={5}
        y2={5}
        stroke={colour}
        stroke-width={3}
        {...dash === "" ? {} : { "stroke-dasharray": dash }}
      />
    </svg>
  );
}

function At() {
  const at = state.cross.value;
  return (
    <span>
      {at === null ? "at its end" : `at ${Math.round(at).toLocaleString("en")}`}
    </span>
  );
}

function Reading({ points }: { readonly points: readonly CurvePoint[] }) {
  return <td>{cellText(valueAt(points, state.cross.value))}</td>;
}
