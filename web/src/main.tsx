import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Client } from "./api/client.ts";
import { App } from "./app.tsx";
import { SiteState } from "./state/site-state.ts";
import { LanguageProvider } from "./strings/language.tsx";

const state = new SiteState(new Client());
void state.run(new AbortController().signal);

const page = document.getElementById("page");
if (page === null) throw new TypeError("index.html has no place for the page");
createRoot(page).render(
  <StrictMode>
    <LanguageProvider>
      <App state={state} />
    </LanguageProvider>
  </StrictMode>,
);
