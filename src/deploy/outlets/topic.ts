import type { Event } from "../../schema/event.ts";
import type { EventNames } from "./message.ts";

/** The topic of an alarm's state: `prefix/asset/wheel`, or `prefix/asset/kind:signal` for one of a signal. */
export function topicOf(prefix: string, event: Event, names: EventNames): string {
  const about = names.wheel === null ? `${event.kind}:${event.signal === undefined ? "" : level(names.signal(event.signal))}` : level(names.wheel);
  return `${prefix}/${level(names.asset)}/${about}`;
}

/**
 * A name as one level of a topic: what MQTT gives a meaning to, what cannot be printed and `%` and `:`
 * are percent-encoded as in URLs, so that two names never meet and none reaches another level.
 */
export function level(name: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return name.toWellFormed().replaceAll(/[/+#%:$\u0000-\u001f\u007f-\u009f\ufdd0-\ufdef\ufffe\uffff]/gu, encodeURIComponent);
}
