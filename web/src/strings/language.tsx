import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from "react";
import { formatsFor, type Formats } from "../format.ts";
import { de } from "./de.ts";
import { en, type Catalogue, type Key } from "./en.ts";

export const languages: Readonly<Record<string, { readonly name: string; readonly words: Catalogue }>> = {
  en: { name: "English", words: en },
  de: { name: "Deutsch", words: de },
};

/** Puts values in the places of a text; a place without a value stays as it is. */
export const fillIn = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));

export type Say = (key: Key, values?: Readonly<Record<string, string | number>>) => string;

export interface Language {
  readonly code: string;
  readonly say: Say;
  readonly format: Formats;
  readonly choose: (code: string) => void;
}

const LanguageContext = createContext<Language | null>(null);
const storageKey = "millrace.language";

export function useLanguage(): Language {
  const language = use(LanguageContext);
  if (language === null) throw new TypeError("useLanguage() outside of LanguageProvider");
  return language;
}

function preferred(): string {
  const kept = localStorage.getItem(storageKey);
  const wishes = [...(kept === null ? [] : [kept]), ...navigator.languages].map((wish) => wish.slice(0, 2).toLowerCase());
  return wishes.find((wish) => wish in languages) ?? "en";
}

/** Numbers and times follow the browser's region where it is of the same language: en-GB, de-AT. */
const localeOf = (code: string): string => navigator.languages.find((wish) => wish.toLowerCase().startsWith(code)) ?? code;

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [code, setCode] = useState(preferred);
  const choose = useCallback((next: string) => {
    localStorage.setItem(storageKey, next);
    setCode(next);
  }, []);
  useEffect(() => {
    document.documentElement.lang = code;
  }, [code]);
  const language = useMemo<Language>(() => {
    const { words } = languages[code] ?? { words: en };
    return { code, choose, format: formatsFor(localeOf(code)), say: (key, values) => fillIn(words[key], values ?? {}) };
  }, [code, choose]);
  return <LanguageContext value={language}>{children}</LanguageContext>;
}
