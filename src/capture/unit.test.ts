import assert from "node:assert/strict";
import { test } from "node:test";
import { unitOf } from "./unit.ts";

test("unitOf() reads the unit that a name states", () => {
  const cases: Record<string, string> = {
    "Temp [°C]": "Cel", "Pressure (bar)": "bar", flow_l_min: "L/min", "Druck, mbar": "mbar", "p / kPa": "kPa", power_kW: "kW", "Torque [Nm]": "N.m",
    "Rotational speed [rpm]": "{rev}/min", "Air temperature [K]": "K", temp_c: "Cel", "Humidity (%)": "%", "vibration [mm/s]": "mm/s",
    "Acc X [g]": "[g]", "Weight [g]": "g", energy_kWh: "kW.h", "Power [mW]": "mW", "Power [MW]": "MW", flow_m3_per_h: "m3/h", "Flow [m³/h]": "m3/h", "T (Zone 1) [°C]": "Cel",
  };
  for (const [name, unit] of Object.entries(cases)) assert.equal(unitOf(name), unit, name);
});

test("unitOf() states nothing where the name does not", () => {
  for (const name of ["Volume Flow RateRMS", "phase_c", "Current", "x", "m", "bar", "Mean (filtered)", "tool_wear", "time_min_max", "AH", "motor_a", "signal [?]", "T-Top-Chips-4", "constructor", "x [constructor]"]) {
    assert.equal(unitOf(name), null, name);
  }
});
