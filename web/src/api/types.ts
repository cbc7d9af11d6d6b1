/**
 * What the site says over HTTP: the API's own types, under the page's names. Times are integers, UTC
 * microseconds; an unknown number is `null`. Names, reasons and kinds are whatever people and devices wrote:
 * text to show, nothing more.
 */
import type { AlarmView } from "../../../src/api/alarms.ts";
import type { CourseView, ShadowList } from "../../../src/api/courses.ts";
import type { DoorsView } from "../../../src/api/doors.ts";
import type { EventList } from "../../../src/api/events.ts";
import type { Readiness } from "../../../src/api/health.ts";
import type { LedgerView } from "../../../src/api/ledger.ts";
import type { LabelView, QuestionView } from "../../../src/api/questions.ts";
import type { MissedView } from "../../../src/api/missed.ts";
import type { AssetOnSite, SignalOnSite, SiteView, WheelOnSite } from "../../../src/api/site.ts";
import type { StreamData } from "../../../src/api/stream.ts";
import type { ModelList, TurnList } from "../../../src/api/wheels.ts";

export type Id = string;
export type Digest = string;
export type Micros = number;

export interface Interval {
  readonly start: Micros;
  readonly end: Micros;
}

export type Asset = AssetOnSite;
export type Signal = SignalOnSite;
export type Wheel = WheelOnSite;
export type WheelState = WheelOnSite["state"];
export type TargetAnswer = NonNullable<WheelOnSite["answer"]>;
export type Site = SiteView;
export type SiteEvent = EventList["events"][number];
export type Alarm = AlarmView["alarm"];
export type Question = QuestionView;
export type Label = LabelView["label"];
export type Answer = Label["answer"];
export type Course = CourseView;
/** A model that scores beside the one in force, with its scores over a span. */
export type Shadow = ShadowList["shadows"][number];
export type { ShadowList } from "../../../src/api/courses.ts";
export type Model = ModelList["models"][number];
export type Turn = TurnList["turns"][number];
export type Verdict = NonNullable<Turn["verdict"]>;
export type Ledger = LedgerView;
export type LedgerEntry = LedgerView["entries"][number];
export type Missed = MissedView;
export type Doors = DoorsView;
export type { AlarmList } from "../../../src/api/alarms.ts";
export type { EventList } from "../../../src/api/events.ts";
export type { QuestionList, LabelView } from "../../../src/api/questions.ts";
export type { AlarmChanged } from "../../../src/api/alarms.ts";
export type { ModelList, TurnList } from "../../../src/api/wheels.ts";

export type SiteStatus = Readonly<Pick<Readiness, "ready">> & { readonly reasons: readonly string[] };

/** What the stream says, with the time at which the site said it. */
export type Happening = StreamData;
/** One row of a wheel's grid, its score and what the wheel makes of it. */
export type Rows = Extract<StreamData, { readonly type: "rows" }>;
