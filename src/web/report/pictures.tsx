/** The pictures of runs, one kind at a time. */
/// <reference lib="dom" />

import { signal } from "@preact/signals";
import * as state from "./state.ts";
import { counted } from "./text.ts";

/** What the pictures show; null: the first kind. */
const kind = signal<string | null>(null);

/** Pictures that are beside each other at once; more come with a button. */
const AT_ONCE = 12;
const limit = signal(AT_ONCE);

/** The whole section. */
export function PictureSection() {
  const { pictures } = state.report.value;
  const runs = state.drawn.value;
  const kinds = [
    ...new Set(
      runs.flatMap(({ pictures }) => pictures.map(({ kind }) => kind)),
    ),
  ];
  const chosen = kinds.find((one) => one === kind.value) ?? kinds[0];
  if (chosen === undefined) return null;
  const all = runs.flatMap((run) =>
    run.pictures.filter((one) => one.kind === chosen)
      .map(({ hash }) => ({ run, hash }))
  );
  const there = all.filter(({ hash }) => hash !== null);
  // One picture of several runs, as of their data, is shown once.
  const byHash = [...Map.groupBy(there, ({ hash }) => hash!)];
  const left = all.length - there.length;
  return (
    <section id="pictures" aria-labelledby="pictures-title">
      <h2 id="pictures-title">Pictures</h2>
      <div class="controls" role="group" aria-label="Kind of pictures">
        {kinds.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === chosen}
            onClick={() => {
              kind.value = name;
              limit.value = AT_ONCE;
            }}
          >
            {name}
          </button>
        ))}
      </div>
      <div class="pictures">
        {byHash.slice(0, limit.value).map(([hash, of]) => {
          const { url, width, height } = pictures[hash]!;
          const names = of.map(({ run }) => run.name).join(", ");
          return (
            <figure key={hash}>
              <img
                src={url}
                {...{ width, height }}
                alt={`${chosen} of ${names}`}
                decoding="async"
                loading="lazy"
              />
              <figcaption>{names}</figcaption>
            </figure>
          );
        })}
      </div>
      {byHash.length > limit.value && (
        <button
          type="button"
          onClick={() => limit.value += AT_ONCE}
        >
          Show more of {byHash.length}
        </button>
      )}
      {left > 0 && (
        <p class="quiet ui">
          {counted(left, "picture")} of this kind {left === 1 ? "is" : "are"}
          {" "}
          left out, to keep the page small: {left === 1 ? "it is" : "they are"}
          {" "}
          in the folders of the runs.
        </p>
      )}
    </section>
  );
}
