import type { Effects } from "./faults.ts";
import { loopPiping, operatingPoint, type OperatingPoint } from "./hydraulics.ts";
import { motorLoad, smallMotor, type MotorLoad } from "./motor.ts";
import { lagged, wandered, type Random } from "./noise.ts";
import { cavitationAt, density, gravity, impellerPower, loadOf, npsh3Of, smallPump, vapourHead } from "./pump.ts";
import type { Truth } from "./sensors.ts";
import { unbalanceVelocity, vibrationOf } from "./vibration.ts";

/** What the loop is asked to do: speed over rated speed, and the opening of the valve, 0 to 1. */
export interface SetPoints {
  readonly ratio: number;
  readonly opening: number;
}

/** Everything that the loop remembers from one step to the next. */
export interface PlantState {
  /** Seconds since the start. */
  readonly time: number;
  /** Speed over rated speed, valve opening and share of head lost to bubbles, as they are by now. */
  readonly ratio: number;
  readonly opening: number;
  readonly headLoss: number;
  /** Noise of cavitation, 0 to 1. */
  readonly bubbles: number;
  /** Water over the pump, m. */
  readonly level: number;
  /** Bearing and water, °C. */
  readonly bearing: number;
  readonly water: number;
  /** Wanderings about 0: mains, V; turbulence, as a share of valve opening; hall air, K; mechanical looseness, share. */
  readonly mains: number;
  readonly turbulence: number;
  readonly air: number;
  readonly looseness: number;
}

/** What follows from a state without memory: flows, powers, heads, vibration. */
export interface Running {
  readonly point: OperatingPoint;
  readonly motor: MotorLoad;
  /** At the impeller, and lost to friction in bearings and seal, W. */
  readonly impeller: number;
  readonly friction: number;
  readonly voltage: number;
  readonly ambient: number;
  /** NPSH available over NPSH3. */
  readonly margin: number;
  readonly truth: Truth;
}

/** Longest step of the explicit Euler integration, seconds; the shortest time constant is ten times that. */
export const longestStep = 0.02;

const times = { drive: 1.5, valve: 1.2, bubbles: 0.25 }; // time constants, s
const mains = { voltage: 231, source: 0.35 }; // V; ohm: the mains sag under load
const hall = { mean: 22, swing: 0.4, period: 900 }; // °C, K, s: a heating that cycles
const tank = { area: 0.4, level: 0.8, refill: 30 }; // m², m, s: the float valve's time constant
const bearing = { friction: 45, roughness: 0.004, heating: 0.3, resistance: 0.36, memory: 240 }; // W, 1/(mm/s)², share of the motor's loss, K/W, s
const water = { cooling: 190, mass: 220 }; // W/K, kg: cooled by a coil, so about an hour's memory
const heatOfWater = 4180; // J/(kg K)
const airHead = 101_325 / (density * gravity); // m

/** The plant at rest in its thermal equilibrium at these set-points: as if it had run for hours. */
export function settled(asked: SetPoints, effects: Effects): PlantState {
  let state: PlantState = { time: 0, ...asked, headLoss: 0, bubbles: 0, level: tank.level, bearing: 55, water: 27, mains: 0, turbulence: 0, air: 0, looseness: 0 };
  for (let round = 0; round < 20; round++) {
    const running = runningAt(state, effects);
    state = { ...state, bearing: warmth(running), water: waterWarmth(running) };
  }
  return state;
}

/** What the plant does in a state, under the faults in force. */
export function runningAt(state: PlantState, effects: Effects): Running {
  const { ratio } = state;
  const voltage = mains.voltage + state.mains;
  const opening = state.opening * (1 + state.turbulence) * effects.valveLeft;
  const point = operatingPoint(smallPump, loopPiping, { ratio, opening, clogging: effects.clogging, leak: effects.leak, level: state.level, headLeft: 1 - state.headLoss });
  const unbalance = effects.unbalance * (1 + state.looseness);
  const impeller = impellerPower(smallPump, point.flow, ratio);
  const friction = bearing.friction * ratio ** 1.5 * (1 + bearing.roughness * unbalanceVelocity(unbalance, ratio, smallPump.speed) ** 2);
  const idle = motorLoad(smallMotor, impeller + friction, voltage, ratio);
  const sagged = voltage - mains.source * idle.current;
  const motor = motorLoad(smallMotor, impeller + friction, sagged, ratio);
  const ambient = hall.mean + hall.swing * Math.sin((2 * Math.PI * state.time) / hall.period) + state.air;
  const margin = (airHead - vapourHead(state.water) + state.level - point.suctionLoss) / Math.max(npsh3Of(smallPump, point.flow, ratio), 1e-3);
  const vibration = vibrationOf({ ratio, unbalance, load: loadOf(smallPump, point.flow, ratio), cavitation: state.bubbles });
  const truth: Truth = {
    Accelerometer1RMS: vibration.pump,
    Accelerometer2RMS: vibration.motor,
    Current: motor.current,
    Pressure: (density * gravity * point.discharge) / 1e5,
    Temperature: state.bearing,
    Thermocouple: state.water,
    Voltage: sagged,
    "Volume Flow RateRMS": point.returned * 60_000,
  };
  return { point, motor, impeller, friction, voltage: sagged, ambient, margin, truth };
}

/**
 * One explicit Euler step of at most `longestStep` seconds.
 *
 * Water and shaft are taken to settle within a step; drive, valve, bubbles, tank level and temperatures
 * have memory. Lags are stepped exactly, so that a step can be no instability.
 * Throws RangeError for a step that is too long.
 */
export function stepped(state: PlantState, asked: SetPoints, effects: Effects, seconds: number, random: Random): PlantState {
  if (!(seconds > 0 && seconds <= longestStep * (1 + 1e-9))) throw new RangeError(`Cannot step the plant by ${seconds} s: above 0 and up to ${longestStep} s is needed`);
  const running = runningAt(state, effects);
  const { point, impeller } = running;
  const cavitation = cavitationAt(running.margin);
  const toWater = impeller - water.cooling * (state.water - running.ambient);
  return {
    time: state.time + seconds,
    ratio: lagged(state.ratio, asked.ratio, times.drive, seconds),
    opening: lagged(state.opening, asked.opening, times.valve, seconds),
    headLoss: lagged(state.headLoss, cavitation.headLoss, times.bubbles, seconds),
    bubbles: lagged(state.bubbles, cavitation.noise, times.bubbles, seconds),
    level: Math.max(0.05, state.level + seconds * ((tank.level - state.level) / tank.refill - point.leaked / tank.area)),
    bearing: lagged(state.bearing, warmth(running), bearing.memory, seconds),
    water: state.water + (seconds * toWater) / (water.mass * heatOfWater),
    mains: wandered(state.mains, 0.6, 3, seconds, random),
    turbulence: wandered(state.turbulence, 0.003, 0.8, seconds, random),
    air: wandered(state.air, 0.1, 120, seconds, random),
    looseness: wandered(state.looseness, 0.02, 1, seconds, random),
  };
}

/** Where the bearing's temperature would settle: friction and a share of the motor's heat over its resistance to the air. */
function warmth({ ambient, friction, motor }: Running): number {
  return ambient + bearing.resistance * (friction + bearing.heating * motor.lost);
}

/** Where the water's temperature would settle: all power of the impeller ends as heat in it. */
function waterWarmth({ ambient, impeller }: Running): number {
  return ambient + impeller / water.cooling;
}
