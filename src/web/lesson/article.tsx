/** The text, with buttons that set the laboratory. */
/// <reference lib="dom" />

import { say } from "./language.ts";
import { Rich } from "./rich.tsx";
import { isBusy, settings, startTraining } from "./store.ts";

/** The title, and what the page is. */
export function Opening() {
  const s = say();
  return (
    <>
      <h1>{s.title}</h1>
      <p class="lead">
        <Rich text={s.lead} />
      </p>
    </>
  );
}

/** All sections. */
export function Article() {
  const s = say();
  return (
    <>
      {s.sections.map(({ title, paragraphs, tries }) => (
        <section key={title}>
          <h2>{title}</h2>
          {paragraphs.map((text) => (
            <p key={text}>
              <Rich text={text} />
            </p>
          ))}
          {tries.length > 0 && (
            <p class="tries">
              <span class="ui quiet">{s.tryIt}:</span>
              {tries.map(({ label, set }) => (
                <button
                  key={label}
                  type="button"
                  disabled={isBusy()}
                  onClick={() => {
                    settings.value = {
                      ...settings.value,
                      network: "tanh",
                      ...set,
                    };
                    // On a narrow screen the laboratory is above.
                    document.querySelector(".laboratory")
                      ?.scrollIntoView({ block: "nearest" });
                    startTraining();
                  }}
                >
                  {label}
                </button>
              ))}
            </p>
          )}
        </section>
      ))}
    </>
  );
}
