import { createContext, use, useEffect, useState, useSyncExternalStore } from "react";
import { ApiProblem } from "../api/client.ts";
import type { Say } from "../strings/language.tsx";
import type { SiteState } from "./site-state.ts";
import type { View } from "./view.ts";

const SiteContext = createContext<SiteState | null>(null);
export const SiteProvider = SiteContext;

export function useSite(): SiteState {
  const state = use(SiteContext);
  if (state === null) throw new TypeError("useSite() outside of SiteProvider");
  return state;
}

export const useView = (state: SiteState): View => useSyncExternalStore(state.subscribe, state.view);

/** The page's clock, milliseconds; renders anew each `every` milliseconds. */
export function useNow(every = 1000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

/** What went wrong, in words for a person: the site's own where it gave some. */
export function inWords(problem: unknown, say: Say): string {
  if (!(problem instanceof ApiProblem) || problem.status === 0) return say("problem.unreachable");
  return [problem.message, problem.hint].filter((part) => part !== "").join(". ");
}
