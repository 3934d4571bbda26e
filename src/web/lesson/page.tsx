/** The page: the text, and beside it the laboratory. */
/// <reference lib="dom" />

import { render } from "preact";
import { Article, Opening } from "./article.tsx";
import { Laboratory } from "./laboratory.tsx";
import { say } from "./language.ts";
import { language, openPage } from "./store.ts";
import { LANGUAGES, STRINGS } from "./strings.ts";

/** Shows the page. @param script its own text */
export function showPage(script: string): void {
  openPage(script);
  render(<Page />, document.getElementById("page")!);
}

function Page() {
  const s = say();
  document.title = s.title;
  return (
    <div class="page">
      <header class="opening">
        <nav class="ui" aria-label={s.languageLabel}>
          {LANGUAGES.map((name) => (
            <button
              key={name}
              type="button"
              lang={name}
              class="language"
              aria-pressed={language.value === name}
              onClick={() => language.value = name}
            >
              {STRINGS[name].languageName}
            </button>
          ))}
        </nav>
        <Opening />
      </header>
      <section class="laboratory" aria-label={s.laboratory}>
        <Laboratory />
      </section>
      <main class="article">
        <Article />
      </main>
    </div>
  );
}
