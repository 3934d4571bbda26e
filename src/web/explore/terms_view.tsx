/// <reference lib="dom" />
/** log p(x) = ELBO + KL(q(z|x) || p(z|x)) of one datapoint, and L_k. */

import { scaleOf } from "../scales.ts";
import { nats } from "./shown.tsx";
import { ELBO_SAMPLES, type Looked, MOST_K, type State } from "./state.ts";
import type { LastBound } from "./terms.ts";

/** Above it L_k is too low, unnoticed (see evaluate/importance_weights.ts). */
const RELIABLE_PARETO_K = 0.7;

export function Terms({ state }: { readonly state: State }) {
  const looked = state.looked.value;
  const last = state.last.value;
  if (looked === null) return <div class="terms" />;
  const { elbo, exact, engine } = looked;
  const isWasm = engine === state.model.wasm;
  return (
    <div class="terms" data-engine={isWasm ? "wasm" : "webgpu"}>
      <Bar looked={looked} last={last} />
      <table class="ui">
        <caption class="hidden-text">Terms, in nats</caption>
        <tbody>
          <Line
            name="reconstruction"
            is={`E_q[log p(x|z)], ${ELBO_SAMPLES} draws`}
            value={elbo.reconstruction}
            error={elbo.error}
          />
          <Line name="KL" is="KL(q(z|x) || p(z))" value={elbo.kl} />
          <Line
            name="ELBO"
            is="reconstruction − KL"
            value={elbo.elbo}
            error={elbo.error}
            strong
          />
          {last !== null && (
            <Line
              name={`L_${last.k}`}
              is="a bound of log p(x)"
              value={last.value}
              error={last.error}
              strong
            />
          )}
          {exact !== null && (
            <>
              <Line
                name="log p(x), exact"
                is="the model is linear and Gaussian"
                value={exact.logLikelihood}
                strong
              />
              <Line name="ELBO, exact" is="in closed form" value={exact.elbo} />
              <Line
                name="gap, exact"
                is="KL(q(z|x) || p(z|x))"
                value={exact.posteriorKl}
              />
            </>
          )}
        </tbody>
      </table>
      <Curve state={state} looked={looked} />
      {last !== null && <Trust state={state} last={last} />}
    </div>
  );
}

function Line(
  { name, is, value, error, strong = false }: {
    readonly name: string;
    readonly is: string;
    readonly value: number;
    readonly error?: number;
    readonly strong?: boolean;
  },
) {
  return (
    <tr class={strong ? "strong" : ""} data-term={name}>
      <th scope="row">
        {name} <span class="quiet">{is}</span>
      </th>
      <td class="number" title={String(value)}>{nats(value)}</td>
      <td class="number quiet">
        {error === undefined || Number.isNaN(error)
          ? ""
          : `± ${error.toFixed(2)}`}
      </td>
    </tr>
  );
}

/** Whether the tail of the weights can be trusted, and more of them. */
function Trust(
  { state, last }: { readonly state: State; readonly last: LastBound },
) {
  const isReliable = last.paretoK <= RELIABLE_PARETO_K;
  return (
    <p class="ui trust">
      k-hat {Number.isFinite(last.paretoK) ? last.paretoK.toFixed(2) : "−"},
      {" "}
      {last.effectiveSamples.toFixed(0)} effective samples: {isReliable
        ? "the weights can be trusted."
        : "few weights make up the mean, and log p(x) may be higher."}{" "}
      <button
        type="button"
        disabled={state.k.value >= MOST_K}
        onClick={() => state.k.value = MOST_K}
      >
        k = {MOST_K.toLocaleString("en")}
      </button>
    </p>
  );
}

/** Reconstruction and KL beside each other, and where log p(x) is. */
function Bar(
  { looked: { elbo, exact }, last }: {
    readonly looked: Looked;
    readonly last: LastBound | null;
  },
) {
  const { reconstruction, kl } = elbo;
  // Densities may be above 1: then there are no lengths to add.
  if (!(reconstruction < 0 && elbo.elbo > -Infinity)) return null;
  const logLikelihood = exact?.logLikelihood ?? last?.value;
  const whole = Math.max(-elbo.elbo, -(logLikelihood ?? 0));
  const part = (value: number) => 600 * value / whole;
  const gap = exact?.posteriorKl ??
    Math.max(0, (last?.value ?? -Infinity) - elbo.elbo);
  const end = part(kl - reconstruction);
  return (
    <figure class="bar">
      <svg
        viewBox="0 0 600 34"
        preserveAspectRatio="none"
        role="img"
        aria-label={`Minus the ELBO, ${nats(-elbo.elbo)} nats, is minus the ` +
          `reconstruction, ${nats(-reconstruction)}, and the KL, ${
            nats(kl)
          }; ` +
          `the gap to minus log p(x) is about ${nats(gap)}`}
      >
        <rect
          class="reconstruction"
          width={part(-reconstruction)}
          height="24"
        />
        <rect
          class="kl"
          x={part(-reconstruction)}
          width={part(kl)}
          height="24"
        />
        <rect
          class="gap"
          x={end - part(gap)}
          y="26"
          width={part(gap)}
          height="8"
        />
      </svg>
      <figcaption>
        <span class="key reconstruction" /> −reconstruction{" "}
        {nats(-reconstruction)} <span class="key kl" /> KL {nats(kl)}{" "}
        <span class="key gap" /> {exact === null
          ? <>gap to −log p(x), at least {nats(gap)}</>
          : <>gap to −log p(x): {nats(gap)}</>}
      </figcaption>
    </figure>
  );
}

/** Sides of the curve, and its margins. */
const [WIDTH, HEIGHT] = [520, 190];
const [LEFT, RIGHT, TOP, BOTTOM] = [62, 24, 8, 42];

/** A line across, with its name upon it. */
function Level(
  { kind, name, y, side }: {
    readonly kind: "elbo" | "exact";
    readonly name: string;
    readonly y: number;
    /** where the name stands */
    readonly side: "start" | "end";
  },
) {
  return (
    <>
      <line class={kind} x1={LEFT} x2={WIDTH} y1={y} y2={y} />
      <text
        class={`name ${kind}`}
        x={side === "start" ? LEFT + 4 : WIDTH - 2}
        y={y - 5}
        text-anchor={side}
      >
        {name}
      </text>
    </>
  );
}

/** L_k against k, from the ELBO to log p(x). */
function Curve(
  { state, looked }: { readonly state: State; readonly looked: Looked },
) {
  const bounds = state.bounds.value;
  const { elbo, exact } = looked;
  if (!Number.isFinite(elbo.elbo)) return null;
  const most = Math.max(state.k.value, 10);
  const values = [
    elbo.elbo - elbo.error,
    elbo.elbo + elbo.error,
    ...bounds.map(({ value }) => value),
    ...exact === null ? [] : [exact.logLikelihood],
  ].filter(Number.isFinite);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max(0.1, 0.12 * (high - low));
  const x = scaleOf(
    { kind: "log", domain: [1, most] },
    [LEFT, WIDTH - RIGHT],
    4,
  );
  const y = scaleOf(
    { kind: "linear", domain: [low - margin, high + margin] },
    [HEIGHT - BOTTOM, TOP],
    4,
  );
  const end = bounds.at(-1);
  return (
    <figure class="curve">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`L_k rises with k from the ELBO, ${nats(elbo.elbo)}` +
          (end === undefined
            ? ""
            : `, to ${nats(end.value)} nats at k = ${end.k}`)}
      >
        <g class="grid">
          {y.ticks.map(([value, text]) => (
            <g key={text}>
              <line x1={LEFT} x2={WIDTH} y1={y.at(value)} y2={y.at(value)} />
              <text x={LEFT - 8} y={y.at(value) + 4} text-anchor="end">
                {text}
              </text>
            </g>
          ))}
          {x.ticks.map(([k, text]) => (
            <text
              key={k}
              x={x.at(k)}
              y={HEIGHT - 22}
              text-anchor="middle"
            >
              {text}
            </text>
          ))}
          <text x={WIDTH - RIGHT} y={HEIGHT - 4} text-anchor="end">
            draws k
          </text>
        </g>
        <rect
          class="elbo"
          x={LEFT}
          width={WIDTH - LEFT}
          y={y.at(elbo.elbo + elbo.error)}
          height={y.at(elbo.elbo - elbo.error) - y.at(elbo.elbo + elbo.error)}
        />
        <Level kind="elbo" name="ELBO" y={y.at(elbo.elbo)} side="end" />
        {exact !== null && (
          <Level
            kind="exact"
            name="log p(x)"
            y={y.at(exact.logLikelihood)}
            side="start"
          />
        )}
        <polyline
          class="bound"
          points={bounds.map(({ k, value }) => `${x.at(k)},${y.at(value)}`)
            .join(" ")}
        />
        {bounds.map(({ k, value }) => (
          <circle key={k} class="bound" cx={x.at(k)} cy={y.at(value)} r="3" />
        ))}
      </svg>
      <figcaption>
        L_k: the mean of log (1/k) Σ p(x|z) p(z) / q(z|x) over groups of k of
        all draws. L_1 is the ELBO, here by other draws, in a band of its
        standard error; with k it rises to log p(x).
      </figcaption>
    </figure>
  );
}
