import type { MqttAccess } from "../capture/doors.ts";
import { accessOf, mayPublish, maySubscribe, type MqttUser } from "../store/access.ts";
import type { Ports } from "./ports.ts";

/** Who may speak MQTT, as the records say. Rights are those at login; a user who is removed is sent away at the next one. */
export function mqttAccessOf({ store }: Ports): MqttAccess {
  const access = accessOf(store.records);
  const loggedIn = new Map<string, MqttUser>();
  return {
    hasUsers: async () => (await access.users()).length > 0,
    async authenticate(name, password) {
      const user = name === null || password === null ? null : await access.verify(name, password.toString("utf8"));
      if (user !== null) loggedIn.set(user.name, user);
      return user?.name ?? null;
    },
    mayPublish: (name, topic) => isAllowed(loggedIn.get(name), (user) => mayPublish(user, topic)),
    maySubscribe: (name, filter) => isAllowed(loggedIn.get(name), (user) => maySubscribe(user, filter)),
  };
}

const isAllowed = (user: MqttUser | undefined, check: (user: MqttUser) => boolean): boolean => user !== undefined && check(user);
