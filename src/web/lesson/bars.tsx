/** Both equations as bars that move. */

import { useWidth } from "./chart.tsx";
import type { Bound } from "./messages.ts";
import { USUAL_BOUNDS } from "./settings.ts";
import { bounds, curves, settings, snapshot } from "./store.ts";
import { say } from "./language.ts";
import { Rich } from "./rich.tsx";

const HEIGHT = 22;

/** The range that all bounds so far fit into, and the usual ones. */
function rangeOf(
  all: readonly Bound[],
  [least, most]: readonly [number, number],
): readonly [number, number] {
  const lows = all.map(({ elbo }) => elbo);
  const highs = all.flatMap(({ elbo, kl, logLikelihood }) => [
    elbo + kl,
    logLikelihood,
  ]);
  const low = Math.min(least, ...lows);
  const high = Math.max(most, ...highs);
  return [low - 0.06 * (high - low), high + 0.02 * (high - low)];
}

/** log p(x) = ELBO + KL(q || p(z|x)), and ELBO = reconstruction - KL. */
export function BoundBars() {
  const [ref, width] = useWidth();
  const s = say();
  const bound = snapshot.value?.bound ?? null;
  const { network } = (curves.value ?? { settings: settings.value }).settings;
  const [low, high] = rangeOf(bounds.value, USUAL_BOUNDS[network]);
  const x = (value: number) => (value - low) / (high - low) * width;
  const text = (value: number) => value.toFixed(1).replace("-", "−");
  const gap = bound === null ? 0 : bound.logLikelihood - bound.elbo;
  const rows = bound === null ? [] : [
    {
      name: s.identity,
      end: bound.logLikelihood,
      colour: "--purple",
      part: s.gapPart(bound.isExact, gap.toFixed(2)),
      whole: s.logPart(bound.isExact, text(bound.logLikelihood)),
    },
    {
      name: s.elboEquation,
      end: bound.elbo + bound.kl,
      colour: "--vermilion",
      part: s.klPart(bound.kl.toFixed(2)),
      whole: s.reconstructionPart(text(bound.elbo + bound.kl)),
    },
  ];
  return (
    <figure class="bars" ref={ref as never}>
      {(rows.length > 0 ? rows : [null, null]).map((row, i) => (
        <div key={i} class="bar">
          <div class="bar-name">
            <Rich text={row?.name ?? [s.identity, s.elboEquation][i]!} />
          </div>
          <svg
            width={width}
            height={HEIGHT}
            role="img"
            aria-label={row === null ? s.noBound : `${row.whole}; ${row.part}`}
          >
            <rect class="trough" width={width} height={HEIGHT} rx="3" />
            {row !== null && (
              <>
                <rect
                  width={x(bound!.elbo)}
                  height={HEIGHT}
                  rx="3"
                  fill="var(--blue)"
                />
                <rect
                  x={x(bound!.elbo)}
                  width={Math.max(1, x(row.end) - x(bound!.elbo))}
                  height={HEIGHT}
                  fill={`var(${row.colour})`}
                />
                <text class="on-bar" x="8" y="15.5">
                  {s.elboPart(text(bound!.elbo))}
                </text>
              </>
            )}
          </svg>
          <div class="bar-parts">
            {row === null ? <span>&nbsp;</span> : (
              <>
                <span style={{ color: `var(${row.colour})` }}>{row.part}</span>
                <span>{row.whole}</span>
              </>
            )}
          </div>
        </div>
      ))}
      <figcaption>
        {network === "linear" ? s.barsCaptionExact : s.barsCaption}
      </figcaption>
    </figure>
  );
}

/** KL by latent dimension: a dimension without any is not used. */
export function DimensionBars() {
  const s = say();
  const kl = snapshot.value?.klPerDimension ?? [];
  const most = Math.max(1, ...kl);
  const used = kl.filter((value) => value >= 0.1).length;
  return (
    <figure class="dimensions">
      <div
        class="dimension-bars"
        role="img"
        aria-label={s.dimensionsAlt(used, kl.length)}
      >
        {kl.map((value, j) => (
          <div class="dimension" key={j}>
            <div class="dimension-room">
              <div
                class={value < 0.1 ? "dimension-bar unused" : "dimension-bar"}
                style={{ height: `${100 * value / most}%` }}
              />
            </div>
            {(kl.length <= 10 || j % 5 === 4 || j === 0) && (
              <div class="dimension-name">
                {j + 1}
                {kl.length <= 5 && <br />}
                {kl.length <= 5 && (
                  <span class="number">{value.toFixed(2)}</span>
                )}
              </div>
            )}
          </div>
        ))}
      </div>
      <figcaption>
        {s.dimensionsCaption}{" "}
        {kl.length > 0 && s.dimensionsUsed(used, kl.length)}
      </figcaption>
    </figure>
  );
}
