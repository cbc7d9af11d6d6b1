import { words } from "./name.ts";

/**
 * The UCUM code of the unit that a column's name states, `null` when it states none that is known.
 *
 * Looks in brackets (`Temp [°C]`, `Pressure (bar)`), after a comma or slash (`Temp, °C`, `p / mbar`)
 * and at the last words (`flow_l_min`, `power_kW`). A single letter as last word counts only where
 * the word before it agrees (`temp_c`). Source: UCUM, table of units; the spellings are ours.
 */
export function unitOf(name: string): string | null {
  const acceleration = words(name).some((word) => /^(acc|vib|beschl)/.test(word));
  const stated = [...name.matchAll(/\[([^\]]*)\]|\(([^)]*)\)|\{([^}]*)\}/g)].map((match) => match[1] ?? match[2] ?? match[3]);
  const trailing = /(?:, *| \/ )([^,]+)$/.exec(name)?.[1];
  for (const text of [...stated, ...(trailing === undefined ? [] : [trailing])]) {
    const code = codeOf(text);
    if (code !== null) return code === "g" && acceleration ? "[g]" : code;
  }
  return fromWords(name, acceleration);
}

function fromWords(name: string, acceleration: boolean): string | null {
  const parts = name.split(/[\s_.]+|(?<=[a-z]{3})(?=°)/).filter((part) => part !== "");
  for (const taken of [3, 2, 1]) {
    if (parts.length <= taken) continue;
    const last = parts.slice(-taken);
    const code = codeOf(taken === 3 && last[1] === "per" ? `${last[0]}/${last[2]}` : last.join("/"));
    if (code === null) continue;
    const letters = last.join("");
    if (letters.length === 1 && !agrees[letters.toLowerCase()]?.test(parts.at(-2) ?? "")) continue;
    // Short words of everyday names that happen to be units.
    if (taken === 1 && !clearAlone.has(code) && letters.length > 1) continue;
    return code === "g" && acceleration ? "[g]" : code;
  }
  return null;
}

const agrees: Readonly<Record<string, RegExp>> = {
  c: /temp/i, k: /temp/i, f: /temp/i, v: /volt|spannung|^u$/i, a: /curr|strom|amp|^i$/i, w: /power|leistung|watt/i,
  g: /acc|vib/i, n: /force|kraft/i, s: /time|duration|dauer/i, m: /pos|dist|level|length/i, "%": /./,
};

const clearAlone = new Set([
  "Cel", "[degF]", "bar", "mbar", "kPa", "MPa", "hPa", "Pa", "[psi]", "kW", "MW", "kW.h", "MW.h", "W.h", "mA", "mV", "kV", "Hz", "kHz",
  "{rev}/min", "mm", "um", "kN", "N.m", "L/min", "L/h", "m3/h", "kg/h", "mm/s", "m/s", "m/s2", "[ppm]", "dB", "[pH]", "%",
]);

function codeOf(text: string): string | null {
  const spelling = text.trim().replaceAll("µ", "u").replaceAll("μ", "u").replaceAll("²", "2").replaceAll("³", "3").replaceAll("·", ".").replace(/ *([/*.^]) */g, "$1").replace("^", "");
  return exact.get(spelling) ?? loose.get(spelling.toLowerCase()) ?? null;
}

// UCUM code, then how files spell it. Where case tells units apart (mW, MW), only the exact spelling counts.
const spellings: readonly (readonly [string, ...string[]])[] = [
  ["Cel", "°C", "degC", "deg C", "C", "celsius", "grad C", "℃", "ºC", "°c"],
  ["[degF]", "°F", "degF", "deg F", "F", "fahrenheit"],
  ["K", "K", "kelvin"],
  ["bar", "bar", "bara", "barg", "bar(g)", "bar(a)"],
  ["mbar", "mbar"],
  ["Pa", "Pa"], ["hPa", "hPa"], ["kPa", "kPa"], ["MPa", "MPa"],
  ["[psi]", "psi", "psig", "psia"],
  ["A", "A", "amp", "amps", "ampere"], ["mA", "mA"], ["kA", "kA"],
  ["V", "V", "volt", "volts"], ["mV", "mV"], ["kV", "kV"],
  ["W", "W", "watt"], ["mW", "mW"], ["kW", "kW"], ["MW", "MW"], ["kV.A", "kVA"], ["kV.A{reactive}", "kvar"],
  ["W.h", "Wh"], ["kW.h", "kWh"], ["MW.h", "MWh"], ["J", "J"], ["kJ", "kJ"], ["MJ", "MJ"], ["GJ", "GJ"],
  ["Hz", "Hz"], ["kHz", "kHz"], ["MHz", "MHz"],
  ["{rev}/min", "rpm", "U/min", "r/min", "rev/min", "1/min", "min-1"],
  ["N", "N"], ["kN", "kN"], ["N.m", "Nm", "N.m", "N*m"],
  ["m", "m"], ["cm", "cm"], ["mm", "mm"], ["um", "um", "micron"],
  ["mm/s", "mm/s", "mm/sec"], ["m/s", "m/s", "m/sec"], ["m/min", "m/min"], ["mm/min", "mm/min"],
  ["m/s2", "m/s2", "m/s/s"], ["mm/s2", "mm/s2"],
  ["g", "g"], ["kg", "kg"], ["t", "t"], ["mg", "mg"],
  ["L", "l", "L", "liter", "litre"], ["mL", "ml", "mL"], ["m3", "m3"],
  ["L/min", "l/min", "L/min", "lpm"], ["L/h", "l/h", "L/h"], ["L/s", "l/s", "L/s"], ["mL/min", "ml/min"],
  ["m3/h", "m3/h", "m3/hr", "cbm/h"], ["m3/min", "m3/min"], ["m3/s", "m3/s"],
  ["kg/h", "kg/h", "kg/hr"], ["kg/s", "kg/s"], ["kg/min", "kg/min"], ["t/h", "t/h"],
  ["kg/m3", "kg/m3"], ["g/L", "g/l"], ["mg/L", "mg/l"], ["mg/m3", "mg/m3"], ["g/cm3", "g/cm3"],
  ["%", "%", "percent", "pct", "prozent", "% rh", "%rh"],
  ["[ppm]", "ppm"], ["[ppb]", "ppb"], ["[pH]", "pH"], ["dB", "dB"], ["dB", "dB(A)"],
  ["s", "s", "sec", "seconds"], ["ms", "ms", "msec"], ["us", "us"], ["min", "min", "minutes"], ["h", "h", "hours", "std"],
  ["deg", "°", "deg", "degree", "degrees"], ["rad", "rad"], ["deg/s", "°/s", "deg/s"], ["rad/s", "rad/s"],
  ["uS/cm", "uS/cm"], ["mS/cm", "mS/cm"], ["Ohm", "ohm", "Ω"], ["kOhm", "kohm", "kΩ"], ["lx", "lx", "lux"], ["{NTU}", "NTU"],
];

const exact = new Map(spellings.flatMap(([code, ...forms]) => forms.map((form) => [form, code] as const)));
// Lower case decides only where no two units share it.
const loose = new Map<string, string | null>();
for (const [form, code] of exact) {
  const lower = form.toLowerCase();
  const other = loose.get(lower);
  loose.set(lower, other === undefined || other === code ? code : null);
}
